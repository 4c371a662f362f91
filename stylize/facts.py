"""Facts about the networks that can be known without loading torch: what each is, needs and costs."""

from dataclasses import dataclass

# The stage of each layer of VGG-19: features of stage k have 1 / 2^(k-1) of the picture's width. The lite network's
# layers are named after the layers whose features they predict.
STAGES = {
    f"conv{stage}_{number}": stage
    for stage, depth in enumerate((2, 2, 4, 4, 1), 1)
    for number in range(1, depth + 1)
}  # fmt: skip
STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")


@dataclass(frozen=True)
class Facts:
    """Describe a network before it is loaded."""

    about: str  # for help texts, after the network's name
    layers: tuple[str, ...]  # layers whose features can be compared
    bytes_a_pixel: int  # peak memory in bfloat16, twice that in float32; more than the benchmark measures
    smallest_side: int = 1  # px, the smallest side of a picture
    reach: int = 96  # px, how far a feature of the deepest layer sees to each side, in whole steps of its grid
    weights_file: str | None = None  # its name in torch.hub's cache; None: the weights come with the program
    megabytes: int = 0  # size of that file


NETWORKS = {
    "lite": Facts(
        about="comes with the program",
        layers=("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv4_2", "conv5_1"),
        bytes_a_pixel=950,
        reach=80,
    ),
    "vgg19": Facts(
        about="is the study's own and needs its 548 MB of weights",
        layers=tuple(STAGES),
        bytes_a_pixel=2300,
        smallest_side=16,
        weights_file="vgg19-dcbb9e9d.pth",
        megabytes=548,
    ),
}
