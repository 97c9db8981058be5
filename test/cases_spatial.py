"""Cases for test_spatial.py: a text, and the shapes of x, w, b in it; and mistakes, with what is said of them."""

from __future__ import annotations

import itertools

Case = tuple[str, tuple[tuple[int, ...], ...]]
X1, X2, X3 = (2, 4, 9), (2, 4, 7, 6), (2, 4, 5, 4, 4)

CONV: list[Case] = [
    ("F.conv1d(x, w, b)", (X1, (6, 4, 3), (6,))),
    ("F.conv1d(x, w)", (X1, (6, 4, 3))),
    ("F.conv1d(x, w, b, 2, 1, 2, 2)", (X1, (6, 2, 3), (6,))),
    ("F.conv1d(x, w, b, stride=(3,), padding=(2,), dilation=(1,), groups=4)", (X1, (4, 1, 2), (4,))),
    ("F.conv1d(x, w, b, padding='same')", (X1, (6, 4, 4), (6,))),
    ("F.conv1d(x, w, b, padding='same', dilation=3)", (X1, (6, 4, 2), (6,))),
    ("F.conv1d(x, w, b, padding='valid')", (X1, (6, 4, 3), (6,))),
    ("F.conv1d(input=x, weight=w, bias=b)", ((4, 9), (6, 4, 3), (6,))),
    ("F.conv1d(x, w, b)", ((0, 4, 9), (6, 4, 3), (6,))),
    ("F.conv2d(x, w, b)", (X2, (6, 4, 3, 2), (6,))),
    ("F.conv2d(x, w, b, (2, 1), (1, 0), (1, 2), 2)", (X2, (6, 2, 3, 2), (6,))),
    ("F.conv2d(x, w, b, padding='same')", (X2, (6, 4, 3, 4), (6,))),
    ("F.conv2d(x, w, padding=1)", ((4, 7, 6), (6, 4, 3, 3))),
    ("F.conv2d(x, w)", (X2, (6, 4, 1, 1))),
    ("F.conv2d(x, w, padding=2, groups=4)", (X2, (8, 1, 3, 3))),
    ("F.conv2d(x, w, padding=1)", ((2, 3, 18, 17), (4, 3, 3, 3))),
    ("F.conv2d(x.permute(0, 3, 1, 2), w.transpose(2, 3), padding=1)", ((2, 18, 17, 3), (4, 3, 2, 3))),
    ("F.conv3d(x, w, b)", (X3, (2, 4, 2, 3, 2), (2,))),
    ("F.conv3d(x, w, b, (2, 1, 1), (1, 0, 1), (1, 1, 2), 2)", (X3, (2, 2, 2, 3, 2), (2,))),
    ("F.conv3d(x, w, padding='same')", ((4, 5, 4, 4), (2, 4, 2, 3, 1))),
    ("F.conv_transpose1d(x, w, b)", (X1, (4, 6, 3), (6,))),
    ("F.conv_transpose1d(x, w, b, 3, 1, 2, 2, 2)", (X1, (4, 3, 3), (6,))),
    ("F.conv_transpose1d(x, w, stride=2, output_padding=1)", ((4, 9), (4, 6, 3))),
    ("F.conv_transpose2d(x, w, b, (2, 1), (1, 0), (1, 0), 2)", (X2, (4, 3, 3, 2), (6,))),
    ("F.conv_transpose2d(x, w, b, stride=2)", ((4, 7, 6), (4, 6, 3, 2), (6,))),
    ("F.conv_transpose2d(x, w, None, (3, 2), (1, 2), (2, 3), 2, (4, 4))", ((2, 2, 4, 4), (2, 2, 4, 5))),
    ("F.conv_transpose2d(x, w, b)", ((0, 4, 3, 3), (4, 2, 2, 2), (2,))),
    ("F.conv_transpose3d(x, w, b, 2, 1, 1)", (X3, (4, 2, 2, 3, 2), (2,))),
]

POOL: list[Case] = [
    (f"F.{kind}_pool{n}d(x, {arguments})", (shape,))
    for kind, n, shape in itertools.product(("max", "avg"), (1, 2, 3), (X1, X2, X3))
    for arguments in ("2", "3, 2, 1", "2, stride=3, ceil_mode=True", "kernel_size=3, stride=1")
    if len(shape) == n + 2
] + [
    ("F.max_pool2d(x, (3, 2), (1, 2), (1, 0), (2, 1))", (X2,)),
    ("F.max_pool2d(x, 3, 2, 1, 1, True)", (X2,)),
    ("F.max_pool2d(x, 2, return_indices=True)", (X2,)),
    ("F.max_pool1d(x, 3, 2, 1, return_indices=True)", ((4, 9),)),
    ("F.max_pool3d(x, 2, dilation=2, stride=1, return_indices=True)", (X3,)),
    *[(f"F.max_pool{n}d_with_indices(x, 2)", (shape,)) for n, shape in ((1, X1), (2, X2), (3, X3))],
    ("F.max_pool2d(x, 2)", ((4, 7, 6),)),
    ("F.max_pool2d(x, 2)", ((0, 4, 7, 6),)),
    ("F.max_pool2d(x.transpose(2, 3), 2)", (X2,)),
    ("F.avg_pool1d(x, 3, 2, 1, False, False)", (X1,)),
    ("F.avg_pool2d(x, 3, 2, 1, True, False)", (X2,)),
    ("F.avg_pool2d(x, 3, 2, 1, True, True)", (X2,)),
    ("F.avg_pool2d(x, (3, 2), divisor_override=5)", (X2,)),
    ("F.avg_pool3d(x, 2, divisor_override=-3)", (X3,)),
    ("F.avg_pool2d(x, 2)", ((4, 7, 6),)),
    ("F.lp_pool1d(x.abs(), 3, 2)", (X1,)),
    ("F.lp_pool2d(x.abs(), 2.0, (3, 2), 2, True)", (X2,)),
    ("F.lp_pool3d(x.abs(), 2, 2)", (X3,)),
    ("F.adaptive_avg_pool1d(x, 4)", (X1,)),
    ("F.adaptive_avg_pool1d(x, 3)", (X1,)),
    ("F.adaptive_avg_pool1d(x, 13)", (X1,)),
    ("F.adaptive_avg_pool2d(x, 1)", (X2,)),
    ("F.adaptive_avg_pool2d(x, (5, None))", (X2,)),
    ("F.adaptive_avg_pool2d(x, (3, 4))", ((4, 7, 6),)),
    ("F.adaptive_avg_pool3d(x, (2, 3, 4))", (X3,)),
    ("F.adaptive_max_pool1d(x, 4)", (X1,)),
    ("F.adaptive_max_pool2d(x, (5, None))", (X2,)),
    ("F.adaptive_max_pool2d(x, 3, return_indices=True)", (X2,)),
    ("F.adaptive_max_pool3d(x, (2, 3, 4))", ((4, 5, 4, 4),)),
    ("F.max_unpool1d(*F.max_pool1d(x, 2, return_indices=True), 2)", (X1,)),
    ("F.max_unpool1d(*F.max_pool1d(x, 2, return_indices=True), 2, output_size=x.shape)", (X1,)),
    ("F.max_unpool2d(*F.max_pool2d(x, 3, 2, 1, return_indices=True), 3, 2, 1, (7, 6))", (X2,)),
    ("F.max_unpool3d(*F.max_pool3d(x, 2, return_indices=True), 2)", ((4, 4, 4, 4),)),
]

RESIZE: list[Case] = [
    (f"F.interpolate(x, {size}, mode={mode!r}{more})", (shape,))
    for shape, mode in ((X1, "linear"), (X2, "bilinear"), (X2, "bicubic"), (X3, "trilinear"), (X1, "nearest"),
                        (X2, "nearest"), (X3, "nearest-exact"), (X2, "nearest-exact"), (X2, "area"))
    for size in ("5", "scale_factor=1.7", "scale_factor=0.4", "scale_factor=2.3, recompute_scale_factor=True")
    for more in (("", ", align_corners=True") if "linear" in mode or mode == "bicubic" else ("",))
] + [
    ("F.interpolate(x, (9, 3))", (X2,)),
    ("F.interpolate(x, scale_factor=(2, 0.5))", (X2,)),
    ("F.interpolate(x, (1, 1), mode='bilinear', align_corners=True)", (X2,)),
    *[(f"F.interpolate(x, {size}, mode={mode!r}, antialias=True{corners})", (X2,))
      for size in ("(3, 4)", "(9, 4)") for mode in ("bilinear", "bicubic") for corners in ("", ", align_corners=True")],
    ("F.pixel_shuffle(x, 2)", (X2,)),
    ("F.pixel_shuffle(x, 2)", ((2, 1, 8, 2, 3),)),
    ("F.pixel_unshuffle(x, 2)", ((2, 3, 4, 6),)),
    ("F.channel_shuffle(x, 2)", (X2,)),
    ("F.unfold(x, 3)", (X2,)),
    ("F.unfold(x, (2, 3), (2, 1), (1, 0), (1, 2))", (X2,)),
    ("F.unfold(x, 2)", ((4, 7, 6),)),
    ("F.fold(x, (4, 5), 2)", ((2, 8, 12),)),
    ("F.fold(x, 5, (2, 1), 2, 1, 2)", ((6, 12),)),
    *[(f"F.pad(x, {widths}, {mode!r})", (shape,))
      for mode in ("reflect", "replicate", "circular")
      for widths, shape in (("(2, 1)", X1), ("[1, 0]", (4, 9)), ("(1, 2, 3, 0)", X2), ("(1, 2, 1, 1, 0, 2)", X3))],
    ("F.pad(x, (-1, 2, 1, -2), 'circular')", (X2,)),
    ("F.pad(x, (-1, 2, 1, -2), mode='reflect')", (X2,)),
    ("F.pad(x, (20, 30), 'replicate')", (X1,)),
    ("F.pad(x, (1, 2))", ((3,),)),
    ("F.pad(x, (1, -2, -1, 3), value=2.5)", (X2,)),
    ("F.pad(x, (0, 1, 2, 0, 1, 1), 'constant', -1)", (X2,)),
    ("F.pad(x, (1, 1))", ((2, 0),)),
    *[(f"F.grid_sample(x, w, {mode!r}, {padding!r}, {align})", (X2, (2, 3, 5, 2)))
      for mode, padding, align in itertools.product(("bilinear", "nearest", "bicubic"),
                                                    ("zeros", "border", "reflection"), (True, False))],
    *[(f"F.grid_sample(x, w, {mode!r}, {padding!r}, False)", (X3, (2, 2, 3, 2, 3)))
      for mode in ("bilinear", "nearest") for padding in ("zeros", "border", "reflection")],
    *[(f"F.affine_grid(x, (2, 3, 4, 1), {align})", ((2, 2, 3),)) for align in (True, False)],
    *[(f"F.affine_grid(x, [2, 3, 4, 5, 2], {align})", ((2, 3, 4),)) for align in (True, False)],
]  # fmt: skip

CASES = CONV + POOL + RESIZE
BATCH = {1: X1, 2: X2, 3: X3}
LAYER: list[Case] = [
    *[(f"nn.Conv{n}d(4, 6, {a})", (BATCH[n],)) for n in (1, 2, 3)
      for a in ("3", "2, 2, 1, 2, 2, False", "3, padding='same', padding_mode='circular'", "kernel_size=2, padding=1, "
                "padding_mode='reflect'", "3, padding='valid', dilation=1", "3, padding=2, padding_mode='replicate'")],
    *[(f"nn.ConvTranspose{n}d(4, 6, {a})", (BATCH[n],)) for n in (1, 2, 3) for a in ("3", "3, 2, 1, 1, 2, False")],
    *[(f"nn.{kind}Pool{n}d({a})", (BATCH[n],)) for n in (1, 2, 3)
      for kind, a in (("Max", "2"), ("Max", "3, 2, 1, 1, True, True"), ("Avg", "2"), ("Avg", "3, 2, 1, True, False"),
                      ("AdaptiveAvg", "3"), ("AdaptiveMax", "2, True"))],
    *[(f"nn.LPPool{n}d(2, 3, ceil_mode=True)", (BATCH[n],)) for n in (1, 2, 3)],
    *[(f"nn.{kind}Pad{n}d({a})", (BATCH[n],)) for n in (1, 2, 3)
      for kind, a in (("Zero", "1"), ("Constant", "2, 3.5"), ("Reflection", "1"), ("Replication", "2"),
                      ("Circular", "1"), ("Zero", tuple(range(2 * n))))],
    ("nn.Upsample(5)", (X2,)),
    ("nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True)", (X2,)),
    ("nn.Upsample(scale_factor=(2, 3))", (X2,)),
    ("nn.UpsamplingNearest2d(scale_factor=2)", (X2,)),
    ("nn.UpsamplingBilinear2d((3, 4))", (X2,)),
    ("nn.PixelShuffle(2)", (X2,)),
    ("nn.PixelUnshuffle(2)", ((2, 3, 4, 6),)),
    ("nn.ChannelShuffle(2)", (X2,)),
    ("nn.Unfold(3, padding=1)", (X2,)),
    ("nn.Fold((4, 5), 2)", ((2, 8, 12),)),
    *[(f"nn.MaxUnpool{n}d(2)", (BATCH[n],)) for n in (1, 2, 3)],
]  # fmt: skip

# Mistakes: `m` makes a Tensor of that shape. What the message begins with.
BAD = [
    ("F.conv2d(m(2, 3, 5, 5), m(4, 2, 3, 3))", r"conv2d: input \(2, 3, 5, 5\) and weight \(4, 2, 3, 3\): .*has 3"),
    ("F.conv2d(m(5, 5), m(4, 2, 3, 3))", r"conv2d: input \(5, 5\): Expected 3D \(unbatched\) or 4D \(batched\) input"),
    ("F.conv2d(m(1, 2, 5, 5), m(4, 2, 3))", r"conv2d: weight \(4, 2, 3\): it must have 4 dimensions"),
    ("F.conv2d(m(1, 2, 2, 5), m(4, 2, 3, 3))", r"conv2d: input \(1, 2, 2, 5\) .*kernel reaches over \(3, 3\)"),
    ("F.conv2d(m(1, 4, 5, 5), m(4, 2, 3, 3), groups=3)", r"conv2d: weight \(4, 2, 3, 3\), groups=3: "),
    ("F.conv2d(m(1, 4, 5, 5), m(4, 2, 3, 3), groups=0)", r"conv2d: groups=0: non-positive groups"),
    ("F.conv2d(m(1, 2, 5, 5), m(4, 2, 3, 3), m(3))", r"conv2d: weight \(4, 2, 3, 3\) and bias \(3,\): "),
    ("F.conv2d(m(1, 2, 5, 5), m(4, 2, 3, 3), stride=0)", r"conv2d: stride=0: it must be at least 1"),
    ("F.conv2d(m(1, 2, 5, 5), m(4, 2, 3, 3), padding=-1)", r"conv2d: padding=-1: it must be at least 0"),
    ("F.conv2d(m(1, 2, 5, 5), m(4, 2, 3, 3), padding=(1, 1, 1))", r"conv2d: padding=\(1, 1, 1\): .*tuple of 2"),
    ("F.conv2d(m(1, 2, 5, 5), m(4, 2, 3, 3), padding='full')", r"conv2d: padding='full': there is no such padding"),
    ("F.conv2d(m(1, 2, 5, 5), m(4, 2, 3, 3), stride=2, padding='same')", r"conv2d: padding='same', stride=\(2, 2\): "),
    ("F.conv1d(m(1, 2, 5), m(4, 2, 3), m(4).double())", r"conv1d: .* of float32, bias of float64: "),
    ("F.conv_transpose1d(m(1, 2, 5), m(3, 2, 3))", r"conv_transpose1d: input \(1, 2, 5\) .*expects 3 channels"),
    ("F.conv_transpose1d(m(1, 2, 5), m(2, 2, 3), output_padding=1)", r"conv_transpose1d: output_padding=\(1,\), "),
    ("F.conv_transpose1d(m(1, 2, 1), m(2, 2, 1), padding=1)", r"conv_transpose1d: .*would have size \(-1,\)"),
    ("F.max_pool2d(m(1, 2, 5, 5), 6)", r"max_pool2d: input \(1, 2, 5, 5\), kernel_size=\(6, 6\): .*larger than"),
    ("F.max_pool2d(m(1, 2, 5, 5), 2, padding=2)", r"max_pool2d: padding=\(2, 2\), .*at most half"),
    ("F.max_pool2d(m(5, 5), 2)", r"max_pool2d: input \(5, 5\): Expected 3D"),
    ("F.max_pool2d(m(1, 0, 5, 5), 2)", r"max_pool2d: input \(1, 0, 5, 5\): Expected an input with non-zero size"),
    ("F.avg_pool2d(m(1, 2, 5, 5), 2, divisor_override=0)", r"avg_pool2d: divisor_override=0: divisor must be not zero"),
    ("F.adaptive_avg_pool2d(m(1, 2, 5, 5), (1, 2, 3))", r"adaptive_avg_pool2d: output_size=\(1, 2, 3\): "),
    ("F.adaptive_max_pool1d(m(1, 2, 5), -1)", r"adaptive_max_pool1d: output_size=\[-1\]: it must be at least 0"),
    ("F.max_unpool1d(m(1, 2, 3), m(1, 2, 2).long(), 2)", r"max_unpool1d: input \(1, 2, 3\) and indices \(1, 2, 2\): "),
    ("F.max_unpool1d(m(1, 2, 3), m(1, 2, 3).long() * 9, 2)", r"max_unpool1d: an index up to 9 .*invalid max index"),
    ("F.max_unpool1d(m(1, 2, 3), m(1, 2, 3).long(), 2, output_size=(9,))", r"max_unpool1d: output_size=\(9,\): "),
    ("F.interpolate(m(1, 2, 5, 5))", r"interpolate: size=None, scale_factor=None: "),
    ("F.interpolate(m(1, 2, 5, 5), 3, 2)", r"interpolate: size=3, scale_factor=2: .*only one of them"),
    ("F.interpolate(m(1, 2, 5, 5), (3, 3, 3))", r"interpolate: input \(1, 2, 5, 5\), size=\(3, 3, 3\): "),
    ("F.interpolate(m(1, 2, 5, 5), 3, mode='linear')", r"interpolate: input \(1, 2, 5, 5\), mode='linear': "),
    ("F.interpolate(m(1, 2, 5, 5), 3, mode='lanczos')", r"interpolate: mode='lanczos': unknown"),
    ("F.interpolate(m(1, 2, 5, 5), 3, align_corners=True)", r"interpolate: mode='nearest', align_corners=True: "),
    ("F.interpolate(m(1, 2, 5, 5), 3, antialias=True)", r"interpolate: mode='nearest', antialias=True: "),
    ("F.interpolate(m(1, 2, 5, 5), 0)", r"interpolate: input \(1, 2, 5, 5\) to \(0, 0\): .*greater than 0"),
    ("F.interpolate(m(1, 2, 5, 5), 3, recompute_scale_factor=True)", r"interpolate: size and recompute_scale_factor: "),
    ("F.interpolate(m(1, 2, 5).long(), 3, mode='linear')", r"interpolate: input of int64, mode='linear': "),
    ("F.pixel_shuffle(m(1, 6, 2, 2), 2)", r"pixel_shuffle: input \(1, 6, 2, 2\), upscale_factor=2: "),
    ("F.pixel_shuffle(m(2, 2), 2)", r"pixel_shuffle: input \(2, 2\), upscale_factor=2: .*at least 3 dimensions"),
    ("F.pixel_unshuffle(m(1, 6, 3, 2), 2)", r"pixel_unshuffle: input \(1, 6, 3, 2\), downscale_factor=2: "),
    ("F.channel_shuffle(m(1, 6, 3), 4)", r"channel_shuffle: input \(1, 6, 3\), groups=4: "),
    ("F.unfold(m(1, 2, 2, 2), 3)", r"unfold: input \(1, 2, 2, 2\), kernel_size=\(3, 3\): "),
    ("F.fold(m(1, 7, 12), (4, 5), 2)", r"fold: input \(1, 7, 12\), output_size=\(4, 5\), .*divisible by 4"),
    ("F.fold(m(1, 8, 11), (4, 5), 2)", r"fold: input \(1, 8, 11\), output_size=\(4, 5\), .*3 x 4"),
    ("F.pad(m(2, 3), (1,))", r"pad: input \(2, 3\), pad=\(1,\): Padding length must be divisible by 2"),
    ("F.pad(m(2, 3), (1, 1), 'mirror')", r"pad: mode='mirror': Unrecognised padding mode"),
    ("F.pad(m(2, 3), (-2, -2))", r"pad: input \(2, 3\), pad=\(-2, -2\): .*negative output size"),
    ("F.pad(m(2, 3), (3, 0), 'reflect')", r"pad: input \(2, 3\), axis 1 of 3 elements, .*less than"),
    ("F.pad(m(2, 3), (4, 0), 'circular')", r"pad: input \(2, 3\), axis 1 of 3 elements, .*no more than"),
    ("F.pad(m(2, 3), (1, 0, 1, 0), 'circular')", r"pad: input \(2, 3\), pad=\(1, 0, 1, 0\), mode='circular': "),
    ("F.pad(m(2, 0), (1, 0), 'circular')", r"pad: input \(2, 0\), mode='circular': there is nothing"),
    ("F.pad(m(2, 3), (1, 0), 'reflect', 2.0)", r"pad: mode='reflect', value=2.0: "),
    ("F.grid_sample(m(2, 1, 3, 3), m(1, 2, 2, 2), align_corners=False)", r"grid_sample: input \(2, 1, 3, 3\) and grid"),
    ("F.grid_sample(m(1, 1, 3, 3), m(1, 2, 2, 2), 'cubic', align_corners=False)", r"grid_sample: .*mode='cubic': "),
    ("F.grid_sample(m(1, 1, 3, 3), m(1, 2, 2, 2), padding_mode='none')", r"grid_sample: padding_mode='none': "),
    ("F.grid_sample(m(1, 1, 3, 3), m(1, 2, 2, 2).double(), align_corners=True)", r"grid_sample: .*grid of float64"),
    ("F.affine_grid(m(1, 2, 2), (1, 1, 3, 3))", r"affine_grid: theta \(1, 2, 2\), size=\(1, 1, 3, 3\): "),
    ("F.affine_grid(m(1, 2, 3).long(), (1, 1, 3, 3))", r"affine_grid: theta of int64: "),
    ("nn.Conv2d(3, 4, 3, groups=2)", r"Conv2d: in_channels=3, out_channels=4, groups=2: .*divisible by groups"),
    ("nn.Conv2d(3, 4, 3, padding='full')", r"Conv2d: padding='full': Invalid padding string"),
    ("nn.Conv2d(3, 4, 3, 2, padding='same')", r"Conv2d: padding='same', stride=\(2, 2\): "),
    ("nn.Conv2d(3, 4, 3, padding_mode='mirror')", r"Conv2d: padding_mode='mirror': "),
    ("nn.Conv2d(3, 4, (3, 3, 3))", r"Conv2d: kernel_size=\(3, 3, 3\): "),
    ("nn.ConvTranspose2d(3, 4, 3, padding_mode='reflect')", r"ConvTranspose2d: padding_mode='reflect': "),
    ("nn.ConvTranspose1d(2, 2, 3, 2)(m(1, 2, 4), (12,))", r"ConvTranspose1d.*: output_size=\(12,\) .*from \(9,\) to"),
    ("nn.ConvTranspose1d(2, 2, 3, 2)(m(1, 2, 4), (12, 3))", r"ConvTranspose1d.*: output_size=\(12, 3\) .*1 or 3"),
    ("nn.ZeroPad2d((1, 2, 3))", r"ZeroPad2d: padding=\(1, 2, 3\): "),
]  # fmt: skip
