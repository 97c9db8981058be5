"""The rooms around the numbers: a PyTorch program finds them under the same path, and each says what it is here."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor, nn
from picograd.kernels import blas, threads

SENTENCE = r"[^:\n]+: [^\n]+: [^\n]+; [^\n]+[^.\n]"

PATHS = """
    accelerator amp amp.autocast_mode amp.grad_scaler autograd backends backends.cpu backends.cuda
    backends.cudnn backends.mha backends.mkl backends.mkldnn backends.mps backends.nnpack backends.openmp
    backends.opt_einsum compiler cpu cuda cuda.amp cuda.amp.autocast_mode
    cuda.amp.grad_scaler distributed hub jit linalg mps multiprocessing nn
    nn.functional nn.init nn.utils nn.utils.rnn onnx optim optim.lr_scheduler profiler random testing types
    utils utils.checkpoint utils.data utils.dlpack version xpu __config__ _dynamo
    """.split()  # noqa: SIM905


@pytest.mark.parametrize("path", PATHS)
def test_a_room_is_found_by_path_and_by_name(path: str, torch: Any) -> None:
    room = importlib.import_module(f"picograd.{path}")
    found = picograd
    for name in path.split("."):
        found = getattr(found, name)
    assert found is room and importlib.import_module(f"torch.{path}")
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = room.no_such_name


def test_what_is_imported_lazily_is_listed() -> None:
    for name in ("cuda", "amp", "compile", "autocast", "bfloat16", "load", "distributed"):
        assert name in dir(picograd) and getattr(picograd, name) is not None


# ---- devices that are not here -------------------------------------------------------------------------------------

ANSWERS = [
    "cuda.is_available()", "cuda.device_count()", "cuda.is_initialized()", "cuda.is_bf16_supported()",
    "cuda.manual_seed(1)", "cuda.manual_seed_all(1)", "cuda.seed()", "cuda.seed_all()", "cuda.empty_cache()",
    "cuda.memory_allocated()", "cuda.max_memory_allocated()", "cuda.memory_reserved()",
    "cuda.get_arch_list()", "cuda.get_rng_state_all()", "cuda.set_rng_state_all([])", "cuda.is_tf32_supported()",
    "mps.is_available()", "mps.device_count()", "mps.manual_seed(1)", "xpu.is_available()", "xpu.device_count()",
    "xpu.manual_seed(1)", "accelerator.is_available()", "accelerator.device_count()",
    "accelerator.current_accelerator()",
    "cpu.is_available()", "cpu.device_count()", "cpu.current_device()", "cpu.synchronize()", "cpu.is_initialized()",
    "backends.cudnn.is_available()", "backends.cudnn.version()", "backends.mps.is_available()",
    "backends.mps.is_built()",
    "backends.cuda.is_built()", "backends.mha.get_fastpath_enabled()", "cpu.set_device('cpu')",
    "distributed.is_initialized()", "distributed.is_nccl_available()", "distributed.is_torchelastic_launched()",
    "distributed.get_default_backend_for_device('cuda')", "distributed.get_default_backend_for_device('cpu')",
    "jit.is_scripting()", "jit.is_tracing()", "compiler.is_compiling()", "onnx.is_in_onnx_export()", "version.cuda",
    "version.hip", "is_vulkan_available()", "jit.annotate(int, 3)",
]  # fmt: skip


@pytest.mark.parametrize("text", ANSWERS)
def test_questions_are_answered_as_in_pytorch_on_a_cpu(text: str, torch: Any) -> None:
    assert eval(f"m.{text}", {"m": picograd}) == eval(f"m.{text}", {"m": torch})


NOTHING = ["cuda.synchronize()", "mps.empty_cache()", "mps.synchronize()", "mps.seed()", "xpu.empty_cache()",
    "xpu.seed()",
           "xpu.synchronize()", "accelerator.synchronize()", "accelerator.empty_cache()", "cuda.set_device(-1)",
           "cuda.reset_peak_memory_stats()", "accelerator.reset_peak_memory_stats()"]  # fmt: skip


@pytest.mark.parametrize("text", NOTHING)
def test_there_is_nothing_to_do(text: str) -> None:
    assert eval(f"m.{text}", {"m": picograd}) is None


def test_there_is_nothing_to_count() -> None:
    assert picograd.cuda.ipc_collect() is None and not picograd.cuda.is_current_stream_capturing()
    assert picograd.mps.current_allocated_memory() == picograd.mps.driver_allocated_memory() == 0
    assert picograd.xpu.memory_allocated() == picograd.accelerator.memory_allocated() == 0
    assert picograd.cuda.memory_stats() == picograd.accelerator.memory_stats() == {}
    assert "no GPU" in picograd.cuda.memory_summary() and picograd.xpu.is_initialized() is False
    with picograd.cuda.device(-1), picograd.cuda.device(None), picograd.cuda.device_of(Tensor([1.0])):
        pass
    with picograd.cuda.stream(None):
        pass


REFUSED = [
    "cuda.current_device()", "cuda.get_device_name()", "cuda.get_device_name(0)", "cuda.get_device_properties(0)",
    "cuda.get_device_capability()", "cuda.set_device(0)", "cuda.Stream()", "cuda.Event(enable_timing=True)",
    "cuda.FloatTensor(2)", "cuda.LongTensor([1])", "cuda.device(0)", "cuda.current_stream()", "cuda.mem_get_info()",
    "cuda.init()", "cuda.get_rng_state()", "cuda.stream(1)", "cuda.CUDAGraph()", "cuda.set_rng_state_all([1])",
    "cuda.device('cuda:1')", "cuda.set_per_process_memory_fraction(0.5)", "mps.get_rng_state()", "mps.Event()",
    "xpu.current_device()", "xpu.Stream()", "xpu.set_device(0)", "accelerator.current_device_index()",
    "accelerator.set_device_index(0)", "accelerator.current_stream()", "accelerator.device_index(0)",
    "distributed.init_process_group('gloo')", "distributed.get_node_local_rank()",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_needs_another_device_says_so(text: str) -> None:
    with pytest.raises(RuntimeError, match=SENTENCE):
        eval(f"m.{text}", {"m": picograd})


@pytest.mark.parametrize("name", ["get_rank", "get_world_size", "barrier", "all_reduce", "destroy_process_group"])
def test_there_is_no_group_of_processes(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: there is no group of processes: .*; ask distributed.is_initialized"):
        getattr(picograd.distributed, name)()


def test_distributed() -> None:
    from picograd.distributed import Backend, DistError, GroupMember, ReduceOp, group, reduce_op

    assert not picograd.distributed.is_available() and ReduceOp.SUM in reduce_op and Backend("GLOO") == Backend.GLOO
    assert group.WORLD is GroupMember.WORLD is None and issubclass(picograd.distributed.DistBackendError, DistError)
    assert picograd.distributed.get_node_local_rank(0) == 0 and not picograd.distributed.is_backend_available("gloo")


def test_nothing_is_a_tensor_on_a_gpu() -> None:
    assert not isinstance(Tensor([1.0]), picograd.cuda.FloatTensor) and isinstance(picograd.cuda.FloatTensor, type)
    assert (
        issubclass(picograd.cuda.OutOfMemoryError, RuntimeError) and picograd.cuda.OutOfMemoryError is not RuntimeError
    )


def test_rooms_by_device() -> None:
    assert picograd.get_device_module() is picograd.cpu and picograd.get_device_module("cuda") is picograd.cuda
    with pytest.raises(RuntimeError, match=r"get_device_module: 'meta': there is no room for it; "):
        picograd.get_device_module("meta")


# ---- switches ------------------------------------------------------------------------------------------------------


def test_switches_of_libraries_are_remembered(torch: Any) -> None:
    cudnn, peer = picograd.backends.cudnn, torch.backends.cudnn
    for name in ("enabled", "benchmark", "deterministic", "allow_tf32"):
        assert getattr(cudnn, name) == getattr(peer, name), name
    cudnn.benchmark, cudnn.deterministic = True, True
    assert picograd.backends.cudnn.benchmark is True and picograd.backends.cudnn.deterministic
    with cudnn.flags(enabled=False, benchmark=False):
        assert not cudnn.enabled and not cudnn.benchmark and not cudnn.deterministic
    assert cudnn.enabled and cudnn.benchmark and cudnn.deterministic
    assert cudnn.set_flags(_benchmark=False, _deterministic=False)[:2] == (True, True)
    assert not cudnn.benchmark and not cudnn.deterministic and cudnn.enabled
    picograd.backends.cuda.matmul.allow_tf32 = True
    assert picograd.backends.cuda.matmul.allow_tf32
    picograd.backends.cuda.matmul.allow_tf32 = False
    picograd.backends.cuda.enable_flash_sdp(False)
    assert not picograd.backends.cuda.flash_sdp_enabled() and picograd.backends.cuda.math_sdp_enabled()
    picograd.backends.cuda.enable_flash_sdp(True)
    with picograd.backends.cuda.sdp_kernel(enable_math=False):
        assert not picograd.backends.cuda.math_sdp_enabled()
    assert picograd.backends.cuda.math_sdp_enabled() and picograd.backends.cuda.preferred_linalg_library() == "default"
    assert not picograd.backends.cuda.is_flash_attention_available() and not cudnn.is_acceptable(Tensor([1.0]))
    with picograd.backends.mkldnn.flags(enabled=False):
        assert not picograd.backends.mkldnn.enabled
    assert picograd.backends.mkldnn.enabled and not picograd.backends.mkldnn.is_available()
    picograd.backends.mha.set_fastpath_enabled(False)
    assert not picograd.backends.mha.get_fastpath_enabled()
    picograd.backends.mha.set_fastpath_enabled(True)
    for name in ("openmp", "nnpack", "opt_einsum"):
        assert not getattr(picograd.backends, name).is_available()
    assert (
        picograd.backends.mkl.is_available() in (True, False)
        and picograd.backends.cpu.get_cpu_capability() == "DEFAULT"
    )
    assert not picograd.backends.mps.is_macos_or_newer(13, 0)


SWITCHES = [
    ("use_deterministic_algorithms(True)", "are_deterministic_algorithms_enabled()"),
    ("use_deterministic_algorithms(True, warn_only=True)", "is_deterministic_algorithms_warn_only_enabled()"),
    ("set_deterministic_debug_mode('warn')", "get_deterministic_debug_mode()"),
    ("set_deterministic_debug_mode(2)", "get_deterministic_debug_mode()"),
    ("use_deterministic_algorithms(False)", "are_deterministic_algorithms_enabled()"),
    ("set_float32_matmul_precision('high')", "get_float32_matmul_precision()"),
    ("set_float32_matmul_precision('highest')", "get_float32_matmul_precision()"),
    ("set_warn_always(True)", "is_warn_always_enabled()"),
    ("set_warn_always(False)", "is_warn_always_enabled()"),
    ("set_default_dtype(m.float32)", "get_default_dtype().itemsize"),
]


@pytest.mark.parametrize(("put", "ask"), SWITCHES)
def test_switches(put: str, ask: str, torch: Any) -> None:
    answers = []
    for m in (picograd, torch):
        assert eval(f"m.{put}", {"m": m}) is None
        answers.append(eval(f"m.{ask}", {"m": m}))
    assert answers[0] == answers[1]


def test_threads() -> None:
    before = picograd.get_num_threads()
    picograd.set_num_threads(1)
    assert picograd.get_num_threads() == 1
    picograd.set_num_threads(before)
    assert picograd.get_num_interop_threads() == 1 and picograd.set_num_interop_threads(4) is None
    assert picograd.set_flush_denormal(True) is False
    for call in (picograd.set_num_threads, picograd.set_num_interop_threads):
        with pytest.raises(RuntimeError, match="threads: 0: there must be one; give 1 or more"):
            call(0)


def test_threads_of_another_linear_algebra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas, "get_threads", None)
    monkeypatch.setattr(blas, "set_threads", None)
    monkeypatch.setattr(threads, "_limit", None)
    assert picograd.get_num_threads() >= 1
    with pytest.warns(UserWarning, match="set_num_threads: 3: NumPy's linear algebra is not its own OpenBLAS"):
        picograd.set_num_threads(3)
    assert picograd.get_num_threads() == 3


@pytest.mark.parametrize("text", ["set_float32_matmul_precision('low')", "set_deterministic_debug_mode(5)"])
def test_wrong_switches(text: str) -> None:
    with pytest.raises(RuntimeError, match=SENTENCE):
        eval(f"m.{text}", {"m": picograd})


# ---- mixed precision -----------------------------------------------------------------------------------------------


def test_autocast_changes_nothing() -> None:
    x = Tensor(np.ones((2, 2), np.float32))
    for block in (
        picograd.autocast("cpu"), picograd.amp.autocast("cuda", dtype=picograd.float16), picograd.cuda.amp.autocast(),
        picograd.autocast(device_type="cpu", dtype=picograd.bfloat16, enabled=False, cache_enabled=True),
        picograd.cuda.amp.autocast(enabled=False),
    ):  # fmt: skip
        with block:
            assert (x @ x).dtype == np.float32 and not picograd.is_autocast_enabled()
    assert picograd.autocast("cpu")(lambda: 3)() == 3
    assert not picograd.is_autocast_available("cpu") and picograd.get_autocast_gpu_dtype() == picograd.float16
    assert picograd.get_autocast_dtype("cpu") == picograd.get_autocast_cpu_dtype() == picograd.bfloat16
    picograd.set_autocast_enabled("cpu", True)
    picograd.set_autocast_dtype("cpu", picograd.float16)
    picograd.set_autocast_cache_enabled(True)
    picograd.clear_autocast_cache()
    assert not picograd.is_autocast_enabled("cpu") and not picograd.is_autocast_cache_enabled()
    with pytest.raises(RuntimeError, match="autocast: device_type 'gpu': no device is called so; give 'cpu' or 'cuda'"):
        picograd.autocast("gpu")
    with pytest.raises(TypeError, match="autocast: 'no': it is no dtype"):
        picograd.autocast("cpu", dtype="no")
    with pytest.raises(TypeError, match="autocast: int64: products are of floats; "):
        picograd.autocast("cpu", dtype=picograd.int64)


def test_autocast_by_older_names() -> None:
    for device in ("cpu", "ipu", "xla"):
        assert not getattr(picograd, f"is_autocast_{device}_enabled")()
        assert getattr(picograd, f"set_autocast_{device}_enabled")(True) is None
        assert getattr(picograd, f"set_autocast_{device}_dtype")(picograd.float16) is None
    assert picograd.set_autocast_gpu_dtype(picograd.float16) is None
    assert picograd.get_autocast_ipu_dtype() == picograd.get_autocast_xla_dtype() == picograd.float16
    assert picograd.autocast_increment_nesting() == picograd.autocast_decrement_nesting() == 0
    # is_autocast_cpu_enabled is_autocast_ipu_enabled is_autocast_xla_enabled set_autocast_cpu_enabled
    # set_autocast_ipu_enabled set_autocast_xla_enabled set_autocast_cpu_dtype set_autocast_ipu_dtype
    # set_autocast_xla_dtype
    assert picograd.OutOfMemoryError is picograd.cuda.OutOfMemoryError
    assert issubclass(picograd.AcceleratorError, RuntimeError) and picograd.vmap is picograd.func.vmap
    assert picograd.torch_version.TorchVersion is type(picograd.__version__)


def test_custom_forward_and_backward_stay() -> None:
    def function() -> None: ...

    assert picograd.amp.custom_fwd(function) is picograd.amp.custom_bwd(function) is function
    assert picograd.amp.custom_fwd(device_type="cuda", cast_inputs=picograd.float32)(function) is function
    assert picograd.cuda.amp.custom_bwd(function) is picograd.amp.custom_bwd(device_type="cuda")(function) is function


@pytest.mark.parametrize("make", [picograd.cuda.amp.GradScaler, picograd.GradScaler,
                                  lambda: picograd.amp.GradScaler("cpu", enabled=False)])  # fmt: skip
def test_a_scaler_without_its_device_is_switched_off(make: Any) -> None:
    scaler, x = make(), Tensor([2.0])
    optimizer = picograd.optim.SGD([x], lr=0.5)
    loss = (x * x).sum()
    assert not scaler.is_enabled() and scaler.scale(loss) is loss and scaler.get_scale() == 1.0
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert x.tolist() == [0.0] and scaler.state_dict() == {} and scaler.load_state_dict({}) is None


def test_a_scaler_scales_as_pytorchs(torch: Any) -> None:
    traces = []
    for m in (picograd, torch):
        scaler = m.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
        x = m.tensor([1.0, -2.0], requires_grad=True)
        optimizer = m.optim.SGD([x], lr=0.1)
        trace = []
        for factor in (1.0, 1.0, float("inf"), 1.0, float("nan"), 1.0, 1.0, 1.0):
            optimizer.zero_grad()
            scaler.scale((x * x).sum() * factor).backward()
            if factor == 1.0:
                scaler.unscale_(optimizer)
                trace.append([float(g) for g in x.grad])
            scaler.step(optimizer)
            scaler.update()
            trace.append([scaler.get_scale(), *x.tolist()])
        state = scaler.state_dict()
        other = m.amp.GradScaler("cpu")
        other.load_state_dict(state)
        assert other.state_dict() == state
        traces.append((trace, state))
    np.testing.assert_allclose(np.concatenate(traces[0][0]), np.concatenate(traces[1][0]), rtol=1e-6)
    assert traces[0][1] == traces[1][1]


def test_a_scaler_used_wrongly() -> None:
    scaler, x = picograd.GradScaler("cpu"), Tensor([1.0])
    optimizer = picograd.optim.SGD([x], lr=0.1)
    with pytest.raises(RuntimeError, match=r"update: no gradients were unscaled since the last: call step"):
        scaler.update()
    first, (second,) = scaler.scale((x.sum(), [x.sum()]))
    assert first.item() == second.item() == 2.0**16
    first.backward()
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="step: an optimizer for the second time: "):
        scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="unscale_: an optimizer for the second time: "):
        scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match=r"step: a closure: "):
        scaler.step(optimizer, closure=lambda: 1.0)
    with pytest.raises(ValueError, match="scale: a str: outputs must be Tensors; "):
        scaler.scale("loss")
    with pytest.raises(RuntimeError, match="load_state_dict: an empty state: "):
        scaler.load_state_dict({})
    with pytest.raises(ValueError, match=r"GradScaler: growth_factor=0.5, backoff_factor=0.5: "):
        picograd.GradScaler("cpu", growth_factor=0.5)
    scaler.set_growth_factor(3.0)
    scaler.set_backoff_factor(0.25)
    scaler.set_growth_interval(7)
    assert (scaler.get_growth_factor(), scaler.get_backoff_factor(), scaler.get_growth_interval()) == (3.0, 0.25, 7)
    scaler.update(new_scale=4.0)
    assert scaler.get_scale() == 4.0 and scaler.scale(x).item() == pytest.approx(4.0 * x.item())


# ---- compilers that leave a program as it is -----------------------------------------------------------------------


def test_compile_returns_what_it_is_given() -> None:
    net = nn.Linear(2, 3)

    @picograd.compile(mode="max-autotune", fullgraph=True, dynamic=False, backend="eager", options={}, disable=False)
    def double(x: Any) -> Any:
        return x * 2

    assert picograd.compile(net) is net and picograd.compile(double) is double and double(3) == 6
    assert picograd.compiler.disable(double) is picograd.compiler.disable(recursive=False)(double) is double
    assert picograd.compiler.allow_in_graph(double) is picograd.compiler.assume_constant_result(double) is double
    assert picograd.compiler.list_backends() == [] and picograd._dynamo.disable(double) is double
    picograd.compiler.reset()
    picograd.compiler.cudagraph_mark_step_begin()
    picograd._dynamo.config.suppress_errors = True
    picograd._dynamo.mark_dynamic(Tensor([1.0]), 0)
    with picograd.compiler.set_stance("force_eager"):
        assert picograd.compiler.set_stance("default")(double) is double


def test_scripts_stay_as_they_are() -> None:
    jit, net = picograd.jit, nn.Linear(2, 3)
    x = picograd.ones(1, 2)
    assert (
        jit.script(net)
        is jit.trace(net, (x,))
        is jit.freeze(net.eval())
        is jit.trace_module(net, {"forward": x})
        is net
    )
    assert jit.optimize_for_inference(net) is net and jit.ScriptModule is nn.Module

    def function() -> None: ...

    for decorate in (jit.script, jit.ignore, jit.ignore(), jit.ignore(drop=True), jit.unused, jit.export, jit.interface,
                     jit.script_method, jit.script_if_tracing):  # fmt: skip
        assert decorate(function) is function
    assert (
        jit.isinstance([1], list[int]) and not jit.isinstance(1, (list[int], str)) and jit.Attribute(3, int).value == 3
    )
    assert issubclass(jit.Error, RuntimeError) and jit.Attribute(3, int).type is int and jit.Final is not None


# ---- processes and profiles ----------------------------------------------------------------------------------------

SPAWN = """
import sys
import picograd.multiprocessing as mp

def work(k, name, fail):
    if fail and k == 1:
        raise ValueError("in process 1")
    open(f"{name}{k}", "w").write("done")

if __name__ == "__main__":
    assert mp.spawn(work, (sys.argv[1], False), nprocs=2) is None
    started = mp.spawn(work, (sys.argv[1] + "x", False), nprocs=1, join=False)
    while not started.join(timeout=10):
        pass
    try:
        mp.spawn(work, (sys.argv[1] + "y", True), nprocs=2)
    except mp.ProcessRaisedException as error:
        print(error.error_index, "in process 1" in str(error))
"""


def test_spawn(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(SPAWN)
    ran = subprocess.run(
        [sys.executable, str(program), str(tmp_path / "out")], capture_output=True, text=True, check=False
    )
    assert ran.stdout == "1 True\n", ran.stderr
    assert {path.name for path in tmp_path.glob("out*")} >= {"out0", "out1", "outx0"}


def test_multiprocessing_is_pythons() -> None:
    import multiprocessing

    ours = picograd.multiprocessing
    assert ours.Queue and ours.Process is multiprocessing.Process and ours.cpu_count() >= 1
    ours.set_sharing_strategy("file_system")
    assert ours.get_sharing_strategy() in ours.get_all_sharing_strategies()


def test_a_profile_sums_up_blocks(tmp_path: Path) -> None:
    profiler = picograd.profiler
    with profiler.profile(activities=[profiler.ProfilerActivity.CPU], record_shapes=True) as measured:
        for _ in range(3):
            with profiler.record_function("forward"), profiler.record_function("inner"):
                pass
        profiler.record_function("decorated")(lambda: None)()
    with profiler.record_function("outside"):
        pass
    averages = measured.key_averages()
    assert {(a.key, a.count) for a in averages} == {("forward", 3), ("inner", 3), ("decorated", 1)}
    by_name = {a.key: a for a in averages}
    assert by_name["forward"].cpu_time_total >= by_name["inner"].cpu_time_total > 0
    assert by_name["forward"].cpu_time == pytest.approx(by_name["forward"].cpu_time_total / 3)
    assert averages.total_average().count == 7 and by_name["inner"].cuda_time_total == 0
    lines = averages.table(sort_by="count", row_limit=2, header="blocks").splitlines()
    assert lines[0] == "blocks" and lines[1].split()[0] == "Name" and len(lines) == 4
    measured.export_chrome_trace(tmp_path / "trace.json")
    assert len(json.loads((tmp_path / "trace.json").read_text())["traceEvents"]) == 7 == len(measured.events())
    assert profiler.supported_activities() == {profiler.ProfilerActivity.CPU} and not profiler.kineto_available()


@pytest.mark.parametrize("options",
    [{"wait": 1, "warmup": 1, "active": 2}, {"wait": 0, "warmup": 1, "active": 1, "repeat": 2},
                                     {"wait": 2, "warmup": 1, "active": 1, "skip_first": 3}])  # fmt: skip
def test_schedules(options: dict[str, int], torch: Any) -> None:
    ours, theirs = picograd.profiler.schedule(**options), torch.profiler.schedule(**options)
    assert [ours(k).name for k in range(14)] == [theirs(k).name for k in range(14)]


def test_a_profile_by_steps(tmp_path: Path) -> None:
    profiler = picograd.profiler
    seen: list[list[str]] = []
    handler = profiler.tensorboard_trace_handler(str(tmp_path))

    def ready(measured: Any) -> None:
        seen.append([a.key for a in measured.key_averages() if not a.key.startswith("ProfilerStep")])
        handler(measured)

    with profiler.profile(
        schedule=profiler.schedule(wait=1, warmup=1, active=2, repeat=2), on_trace_ready=ready
    ) as measured:
        for k in range(12):
            with profiler.record_function(f"step {k}"):
                pass
            measured.step()
    assert seen == [["step 2", "step 3"], ["step 6", "step 7"]] and len(list(tmp_path.iterdir())) == 2


# ---- versions, types, testing --------------------------------------------------------------------------------------


def test_versions_are_compared_as_numbers() -> None:
    from picograd.version import Version

    v = Version("1.10.2")
    assert v > "1.9" and v >= "1.10" and v < "1.10.10" and v <= (1, 10, 2) and v >= (1, 8) and v == "1.10.2+cpu"
    assert (
        v != "1.10"
        and v != 3
        and v != (1, 9)
        and v > "0.4.0"
        and not v < "1.0"
        and v.startswith("1.")
        and v == "v1.10.2"
    )
    assert Version("2.0") == "2.0.0" and isinstance(picograd.__version__, str)
    assert picograd.__version__ >= "2.0" and picograd.__version__ < (3, 0)
    assert tuple(map(int, picograd.__version__.split(".")[:2])) >= (2, 0)
    assert picograd.__version__.endswith(f"+picograd.{importlib.metadata.version('picograd-dl')}")
    with pytest.raises(TypeError):
        _ = v < 3
    assert "NumPy" in picograd.__config__.show() and "threads" in picograd.__config__.parallel_info()
    assert picograd.version.__version__ is picograd.__version__ and isinstance(Tensor, type) and picograd.types.Device


CLOSE: list[tuple[str, str, dict[str, Any]]] = [
    ("m.tensor([1.0, 2.0])", "m.tensor([1.0, 2.0])", {}), ("m.tensor([1.0])", "m.tensor([1.0 + 1e-6])", {}),
    ("m.tensor([1.0])", "m.tensor([1.0001])", {}), ("m.tensor([1.0])", "m.tensor([1.0001])",
    {"rtol": 1e-3, "atol": 0.0}),
    ("m.tensor([1, 2])", "m.tensor([1, 3])", {}), ("m.tensor([1])", "m.tensor([1.0])", {}),
    ("m.tensor([1])", "m.tensor([1.0])", {"check_dtype": False}), ("m.zeros(2)", "m.zeros(3)", {}),
    ("m.tensor([float('nan')])", "m.tensor([float('nan')])", {}), ("m.tensor([float('inf')])",
    "m.tensor([float('inf')])", {}),
    ("m.tensor([float('nan')])", "m.tensor([float('nan')])", {"equal_nan": True}), ("2.0", "2.0 + 1e-9", {}),
    ("[m.zeros(1), 2]", "[m.zeros(1), 2]", {}), ("[m.zeros(1), 2]", "[m.zeros(1)]", {}), ("{'a': 1}", "{'b': 1}", {}),
    ("{'a': m.zeros(2)}", "{'a': m.zeros(2) + 1}", {}), ("m.tensor([True])", "m.tensor([False])", {}),
    ("m.zeros(2, dtype=m.float16)", "m.zeros(2, dtype=m.float16) + 1e-4", {}),
]  # fmt: skip


@pytest.mark.parametrize(("actual", "expected", "options"), CLOSE)
def test_assert_close_decides_as_pytorchs(actual: str, expected: str, options: Any, torch: Any) -> None:
    verdicts = []
    for m in (picograd, torch):
        try:
            m.testing.assert_close(eval(actual, {"m": m}), eval(expected, {"m": m}), **options)
            verdicts.append(True)
        except AssertionError:
            verdicts.append(False)
    assert verdicts[0] == verdicts[1]


def test_assert_allclose() -> None:
    picograd.testing.assert_allclose(picograd.tensor([1.0, float("nan")]), np.array([1.0, np.nan]))
    with pytest.raises(AssertionError, match="mine"):
        picograd.testing.assert_allclose(picograd.ones(2), [1.0, 2.0], rtol=0.1, atol=0.1, msg="mine")


def test_assert_close_explains() -> None:
    x = picograd.zeros(4)
    with pytest.raises(
        AssertionError, match=r"Mismatched elements: 1 / 4 \(25.0%\)\nGreatest absolute difference: 2.0 "
    ):
        picograd.testing.assert_close(x, picograd.tensor([0.0, 2.0, 0.0, 0.0]))
    with pytest.raises(AssertionError, match=r"^mine$"):
        picograd.testing.assert_close(x, x + 1, msg="mine")
    with pytest.raises(AssertionError, match=r"^so: .*not close"):
        picograd.testing.assert_close(x, x + 1, msg=lambda text: f"so: {text}")
    with pytest.raises(ValueError, match=r"assert_close: one of rtol and atol: "):
        picograd.testing.assert_close(x, x, rtol=1e-3)


# ---- curves and models from the network ----------------------------------------------------------------------------


def test_curves_need_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    monkeypatch.delitem(sys.modules, "picograd.utils.tensorboard", raising=False)
    with pytest.raises(ImportError, match=r"SummaryWriter: .*: pip install tensorboardX"):
        importlib.import_module("picograd.utils.tensorboard")


def test_curves_take_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    class Writers:
        class SummaryWriter:
            def __init__(self) -> None:
                self.seen: list[Any] = []

            def add_scalar(self, tag: str, value: Any, step: int = 0) -> None:
                self.seen.append((tag, value, step))

            def add_scalars(self, tag: str, values: Any) -> None:
                self.seen.append(values)

    monkeypatch.setitem(sys.modules, "tensorboardX", Writers)
    monkeypatch.delitem(sys.modules, "picograd.utils.tensorboard", raising=False)
    writer = importlib.import_module("picograd.utils.tensorboard").SummaryWriter()
    writer.add_scalar("loss", Tensor(2.0), step=3)
    writer.add_scalars("both", {"a": Tensor(1.0), "b": [Tensor(2.0)]})
    assert writer.seen == [("loss", np.float32(2.0), 3), {"a": np.float32(1), "b": [np.float32(2)]}]
    assert type(writer.seen[0][1]) is np.ndarray
    del sys.modules["picograd.utils.tensorboard"]  # made of these writers


def test_hub_knows_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", "/somewhere")
    assert picograd.hub.get_dir() == "/somewhere/hub"
    picograd.hub.set_dir("/else")
    assert picograd.hub.get_dir() == "/else"
    monkeypatch.setattr(picograd.hub, "_directory", None)
