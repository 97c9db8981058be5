"""Train a convolutional network to read handwritten digits.

    python examples/mnist_cnn.py

Two convolutions, each with batch norm and max pooling, then two linear layers; Adam with a learning rate that rises and
falls once (OneCycleLR), 3 passes over MNIST's 60,000 training digits. It prints a line an epoch and leaves in
runs/mnist_cnn: checkpoint.safetensors, digits.png.

It reads 99.3 % of the test digits rightly (seed 0), after 65 s on two cores, tests included.

    python examples/mnist_cnn.py --resume       goes on where it was stopped (Ctrl-C), to the same weights
    python examples/mnist_cnn.py --help         all options
"""

from training import Run, batches, count, digits, images_of, labels_of, options, rate, read_digits, start

import picograd
import picograd.nn as nn
import picograd.nn.functional as F
import picograd.optim as optim

FIRST, SECOND, HIDDEN, DIGITS = 16, 32, 128, 10  # channels of the convolutions, units; N pictures are a batch

SETTINGS = {
    "epochs": (3, count, "passes over the training digits"),
    "batch_size": (64, count, "pictures a step"),
    "lr": (4e-3, rate, "the highest learning rate of the cycle"),
    "train_size": (60_000, count, "use the first N training digits only"),
    "test_size": (10_000, count, "use the first N test digits only"),
}


class Network(nn.Module):
    """For each picture the logarithms of the ten digits' probabilities."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, FIRST, 3, padding=1, bias=False)  # batch norm has a bias
        self.norm1 = nn.BatchNorm2d(FIRST)
        self.conv2 = nn.Conv2d(FIRST, SECOND, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(SECOND)
        self.fc1 = nn.Linear(SECOND * 7 * 7, HIDDEN)
        self.fc2 = nn.Linear(HIDDEN, DIGITS)
        self.dropout = nn.Dropout(0.3)

    def forward(self, x):  # (N, 1, 28, 28)
        # Normalising and relu keep the order of a window's elements (but for the sign of norm.weight), so the pooling
        # may come before them, where it leaves a quarter of the elements to work on.
        x = F.relu(self.norm1(F.max_pool2d(self.conv1(x), 2)))  # (N, 16, 14, 14)
        x = F.relu(self.norm2(F.max_pool2d(self.conv2(x), 2)))  # (N, 32, 7, 7)
        x = self.dropout(x.flatten(1))  # (N, 1568)
        x = self.dropout(F.relu(self.fc1(x)))  # (N, 128)
        return F.log_softmax(self.fc2(x), dim=1)  # (N, 10)


def main(arguments=None):
    given = options("mnist_cnn", __doc__, SETTINGS, arguments)
    picograd.manual_seed(given.seed)
    train_set, test_set = digits(True, given.train_size), digits(False, given.test_size)
    epoch_steps = -(-len(train_set) // given.batch_size)
    steps = given.epochs * epoch_steps

    model = Network()
    optimizer = optim.Adam(model.parameters(), lr=given.lr)
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, given.lr, total_steps=steps + 1)
    run = Run(given, model=model, optimizer=optimizer, schedule=schedule)
    data = batches(train_set, given.batch_size, given.seed, run.step)

    for step in run.steps(steps):
        images, labels = next(data)  # (N, 1, 28, 28), (N,)
        optimizer.zero_grad()
        log_p = model(images)  # (N, 10)
        loss = F.nll_loss(log_p, labels)  # ()
        loss.backward()
        optimizer.step()
        schedule.step()
        run.log(loss=loss.item(), accuracy=float((log_p.value.argmax(1) == labels.value).mean()))

        if (step + 1) % epoch_steps == 0:
            read = read_digits(model, test_set).argmax(1)  # (N,)
            run.history.log(test=(read == labels_of(test_set)).mean())
            epoch, loss, accuracy = (step + 1) // epoch_steps, run.mean("loss", epoch_steps), run.mean("accuracy")
            run.say(
                f"epoch {epoch:2}/{given.epochs}  loss {loss:.4f}  accuracy {accuracy:.2%}  "
                f"test {run.history['test'][-1]:.2%}  {run.seconds:.1f} s"
            )

    log_p = read_digits(model, test_set)  # (N, 10)
    read, labels = log_p.argmax(1), labels_of(test_set)
    print(f"It reads {(read == labels).mean():.2%} of {len(labels):,} test digits rightly, after {run.seconds:.1f} s.")
    run.picture("digits.png", lambda: draw(images_of(test_set), labels, read, log_p.max(1)))


def draw(images, labels, read, sureness):
    """A page of digits with what was read in them, the wrong ones in red."""
    from mnist_pictures import digits_figure

    return digits_figure(images, labels, read, sureness)


if __name__ == "__main__":
    start(main)
