"""Full fine-tuning of EfficientNet-Lite0 with ArcFace in PyTorch: the other side of "time to accuracy".

    python torch_full.py --table PHOTOS/nyala --division ../../splits/nyala-known.csv --weights efficientnet-lite0.pth \
        --log torch.jsonl --checkpoint torch.pt

Appends one line of JSON an epoch to the log: seconds of learning so far (reading the photos and waiting for the
loader included, evaluation and writing left out), epoch, photos a second, mean loss, and MAP@5 and top-1 of validation
and test. Epoch 0 is the untrained network. With a checkpoint, a run that was stopped goes on from its last epoch.

What is asked: validation photos ask the train photos, test photos ask train and validation photos; only photos of the
query's viewpoint answer, its own encounter is hidden, and an individual is as near as its nearest photo.
"""

import argparse
import csv
import json
import math
import pathlib
import random
import time

import numpy as np
import timm
import torch
import torch.nn.functional as F
from PIL import Image, ImageEnhance, ImageFilter, ImageOps
from torch import nn

HEADROOM = 1.25  # photos are kept a little larger than the input, so that turning and zooming stay sharp


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=pathlib.Path, required=True, help="folder with metadata.csv")
    parser.add_argument("--division", type=pathlib.Path, required=True, help="image_id,part")
    parser.add_argument("--weights", type=pathlib.Path, required=True, help="the .pth of efficientnet-lite0")
    parser.add_argument("--log", type=pathlib.Path, required=True)
    parser.add_argument("--checkpoint", type=pathlib.Path)
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3, help="of the trunk, at its height")
    parser.add_argument("--head-rate", type=float, default=10.0, help="times the trunk's")
    parser.add_argument("--weight-decay", type=float, default=1e-3)
    parser.add_argument("--scale", type=float, default=24.0)
    parser.add_argument("--margin", type=float, default=0.3)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--classes", choices=["individual", "individual-viewpoint"], default="individual-viewpoint")
    parser.add_argument("--batch-norm", choices=["learning", "frozen"], default="learning")
    parser.add_argument("--memory", choices=["channels-last", "contiguous"], default="channels-last")
    parser.add_argument("--mirrored", action="store_true", help="mirrored photos are individuals of their own")
    parser.add_argument("--budget", type=float, default=math.inf, help="stop after so many seconds of learning")
    parser.add_argument("--evaluate-every", type=int, default=1, help="epochs; the last one is always evaluated")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2, help="loader processes; 0 augments in the loop")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Photos:
    """The table's rows that the division names, decoded once."""

    def __init__(self, options):
        with open(options.division, newline="") as file:
            part_of = {row["image_id"]: row["part"] for row in csv.DictReader(file)}
        with open(options.table / "metadata.csv", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["image_id"] in part_of]
        if len(rows) != len(part_of):
            raise SystemExit(f"the table lacks {len(part_of) - len(rows)} of the division's photos")
        self.identity = np.array([row["identity"] for row in rows])
        self.viewpoint = np.array([row.get("viewpoint", "") for row in rows])
        self.encounter = np.array([row.get("encounter") or f"row {place}" for place, row in enumerate(rows)])
        self.part = np.array([part_of[row["image_id"]] for row in rows])
        self.side = options.side
        larger = int(options.side * HEADROOM)
        self.large, self.plain = [], []
        for row in rows:
            with Image.open(options.table / row["path"]) as photo:
                photo = ImageOps.exif_transpose(photo).convert("RGB")
            self.plain.append(np.asarray(photo.resize((self.side, self.side), Image.BILINEAR)))
            self.large.append(np.asarray(photo.resize((larger, larger), Image.BILINEAR)))

    def rows(self, *parts):
        return np.flatnonzero(np.isin(self.part, parts))


def normalised(picture):
    return torch.from_numpy((np.asarray(picture, np.float32) - 127) / 128).permute(2, 0, 1)


def augmented(picture, side, draw):
    """Turned, zoomed, sheared and shifted a little; other light, sometimes grey, blurred or partly hidden."""
    larger = picture.width
    zoom, aspect = math.exp(draw.uniform(-0.22, 0.15)), math.exp(draw.uniform(-0.15, 0.15))
    turn, shear = math.radians(draw.uniform(-12, 12)), math.tan(math.radians(draw.uniform(-6, 6)))
    turned = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    scaled = np.diag([larger / side / zoom * aspect, larger / side / zoom / aspect])
    matrix = turned @ np.array([[1, shear], [0, 1]]) @ scaled
    shift = np.array([draw.uniform(-0.08, 0.08), draw.uniform(-0.08, 0.08)]) * larger
    start = np.full(2, larger / 2) + shift - matrix @ np.full(2, side / 2)
    coefficients = (*matrix[0], start[0], *matrix[1], start[1])
    picture = picture.transform((side, side), Image.AFFINE, coefficients, Image.BILINEAR, fillcolor=(127, 127, 127))
    picture = ImageEnhance.Brightness(picture).enhance(draw.uniform(0.7, 1.3))
    picture = ImageEnhance.Contrast(picture).enhance(draw.uniform(0.75, 1.3))
    picture = ImageEnhance.Color(picture).enhance(draw.uniform(0.6, 1.3))
    if draw.random() < 0.10:
        picture = ImageOps.grayscale(picture).convert("RGB")
    if draw.random() < 0.15:
        picture = picture.filter(ImageFilter.GaussianBlur(draw.uniform(0.3, 1.2)))
    pixels = np.array(picture)
    if draw.random() < 0.30:
        height, width = (int(side * draw.uniform(0.1, 0.35)) for _ in range(2))
        top, left = draw.randrange(side - height), draw.randrange(side - width)
        pixels[top : top + height, left : left + width] = 127
    return pixels


class TrainPhotos(torch.utils.data.Dataset):
    """An augmented view of a train photo and its class; what is drawn depends on seed, epoch and photo alone."""

    def __init__(self, photos, options):
        self.photos, self.seed, self.epoch = photos, options.seed, 0
        self.samples = [(row, False) for row in photos.rows("train")]
        if options.mirrored:
            self.samples += [(row, True) for row in photos.rows("train")]
        names = [self.class_name(row, mirrored, options.classes) for row, mirrored in self.samples]
        number_of = {name: number for number, name in enumerate(sorted(set(names)))}
        self.classes, self.n_classes = [number_of[name] for name in names], len(number_of)

    def class_name(self, row, mirrored, classes):
        viewpoint = self.photos.viewpoint[row] if classes == "individual-viewpoint" else ""
        return str(self.photos.identity[row]), str(viewpoint), mirrored

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, place):
        row, mirrored = self.samples[place]
        picture = Image.fromarray(self.photos.large[row])
        picture = ImageOps.mirror(picture) if mirrored else picture
        draw = random.Random(f"{self.seed} {self.epoch} {row} {mirrored}")
        return normalised(augmented(picture, self.photos.side, draw)), self.classes[place]


class Embedder(nn.Module):
    """The trunk, average pooling, and a neck: normalisation, a linear layer, normalisation."""

    def __init__(self, options):
        super().__init__()
        self.trunk = timm.create_model("tf_efficientnet_lite0", num_classes=0, global_pool="avg")
        load_trunk(self.trunk, options.weights)
        self.neck = nn.Sequential(
            nn.BatchNorm1d(1280), nn.Linear(1280, options.dimension, bias=False), nn.BatchNorm1d(options.dimension)
        )
        self.frozen_norms = options.batch_norm == "frozen"

    def forward(self, pictures):
        return self.neck(self.trunk(pictures))

    def train(self, mode=True):
        super().train(mode)
        if self.frozen_norms:
            for module in self.trunk.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self


def load_trunk(trunk, path):
    """The package's weights by order, which both implementations share; each shape is checked."""
    given = torch.load(path, map_location="cpu", weights_only=True)
    ours = trunk.state_dict()
    given = [tensor for name, tensor in given.items() if not name.startswith("_fc.")]
    if [tensor.shape for tensor in given] != [tensor.shape for tensor in ours.values()]:
        raise SystemExit(f"the weights are not those of efficientnet-lite0: {path}")
    trunk.load_state_dict(dict(zip(ours, given)))


class ArcFace(nn.Module):
    """J. Deng et al., "ArcFace", 2019; past the angle at which the margin would wrap, the tangent is followed."""

    def __init__(self, n_classes, options):
        super().__init__()
        self.centres = nn.Parameter(torch.randn(n_classes, options.dimension) * 0.01)
        self.scale, self.margin = options.scale, options.margin

    def forward(self, embeddings, classes):
        cosines = F.normalize(embeddings) @ F.normalize(self.centres).T
        own = cosines.gather(1, classes[:, None]).clamp(-1 + 1e-6, 1 - 1e-6)
        wrapped = own <= math.cos(math.pi - self.margin)
        pushed = torch.where(wrapped, own - self.margin * math.sin(self.margin), torch.cos(own.acos() + self.margin))
        return F.cross_entropy(self.scale * cosines.scatter(1, classes[:, None], pushed), classes)


def asked(photos, embeddings, queries, gallery):
    """Top-1 and MAP@5 of the queries that have an answer."""
    similarities = embeddings[queries] @ embeddings[gallery].T
    firsts, precisions = [], []
    for query, line in zip(queries, similarities):
        visible = photos.viewpoint[gallery] == photos.viewpoint[query]
        own = photos.identity[gallery] == photos.identity[query]
        visible &= ~(own & (photos.encounter[gallery] == photos.encounter[query]))
        if not (visible & own).any():
            continue
        ranked = []
        for place in np.argsort(np.where(visible, -line, np.inf), kind="stable")[: visible.sum()]:
            name = photos.identity[gallery[place]]
            if name not in ranked:
                ranked.append(name)
            if len(ranked) == 5:
                break
        name = photos.identity[query]
        firsts.append(ranked[0] == name)
        precisions.append(1 / (1 + ranked.index(name)) if name in ranked else 0)
    return {"queries": len(firsts), "top1": float(np.mean(firsts)), "map5": float(np.mean(precisions))}


def evaluated(model, photos, memory_format):
    model.eval()
    embeddings = []
    with torch.inference_mode():
        for start in range(0, len(photos.plain), 32):
            pictures = torch.stack([normalised(picture) for picture in photos.plain[start : start + 32]])
            embeddings.append(F.normalize(model(pictures.contiguous(memory_format=memory_format))))
    embeddings = torch.cat(embeddings).numpy()
    train, validation, test = (photos.rows(part) for part in ("train", "validation", "test"))
    return {
        "validation": asked(photos, embeddings, validation, train),
        "test": asked(photos, embeddings, test, np.concatenate([train, validation])),
    }


class Untrained(nn.Module):
    """The trunk without a neck: what the network is worth before it learns."""

    def __init__(self, model):
        super().__init__()
        self.trunk = model.trunk

    def forward(self, pictures):
        return self.trunk(pictures)


def factor(step, n_steps):
    """A tenth of warm-up, then a cosine down to a hundredth."""
    warm = max(1, n_steps // 10)
    if step < warm:
        return (step + 1) / warm
    return max(0.01, 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, n_steps - warm))))


def write(log, **record):
    with open(log, "a") as file:
        file.write(json.dumps(record) + "\n")
    print(json.dumps(record), flush=True)


def save(options, model, loss, optimizer, epoch, seconds):
    if options.checkpoint:
        state = {"model": model.state_dict(), "loss": loss.state_dict(), "optimizer": optimizer.state_dict()}
        unfinished = options.checkpoint.with_suffix(".unfinished")
        torch.save({**state, "epoch": epoch, "seconds": seconds}, unfinished)
        unfinished.replace(options.checkpoint)


def resumed(options, model, loss, optimizer):
    if not (options.checkpoint and options.checkpoint.exists()):
        return None
    state = torch.load(options.checkpoint, map_location="cpu", weights_only=True)
    for part, name in [(model, "model"), (loss, "loss"), (optimizer, "optimizer")]:
        part.load_state_dict(state[name])
    return state["epoch"], state["seconds"]


def learn_epoch(model, loss, optimizer, loader, epoch, n_steps, memory_format):
    """One pass; returns the mean loss and how many photos were seen."""
    model.train()
    losses, photos_seen = [], 0
    for step, (pictures, classes) in enumerate(loader):
        for group in optimizer.param_groups:
            group["lr"] = group["height"] * factor((epoch - 1) * len(loader) + step, n_steps)
        value = loss(model(pictures.contiguous(memory_format=memory_format)), classes)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        nn.utils.clip_grad_norm_([*model.parameters(), *loss.parameters()], 10.0)
        optimizer.step()
        losses.append(value.item())
        photos_seen += len(classes)
    return float(np.mean(losses)), photos_seen


def main():
    options = arguments()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    memory_format = torch.channels_last if options.memory == "channels-last" else torch.contiguous_format
    started = time.perf_counter()
    photos = Photos(options)
    samples = TrainPhotos(photos, options)
    model = Embedder(options).to(memory_format=memory_format)
    loss = ArcFace(samples.n_classes, options)
    head = [*model.neck.parameters(), *loss.parameters()]
    groups = [
        {"params": list(model.trunk.parameters()), "height": options.rate},
        {"params": head, "height": options.rate * options.head_rate},
    ]
    optimizer = torch.optim.AdamW(groups, lr=options.rate, weight_decay=options.weight_decay)
    epoch, seconds = resumed(options, model, loss, optimizer) or (0, time.perf_counter() - started)
    if epoch == 0:
        untrained = evaluated(Untrained(model), photos, memory_format)
        settings = {name: value for name, value in vars(options).items() if not isinstance(value, pathlib.Path)}
        settings |= {"division": options.division.name, "budget": str(options.budget), "torch": torch.__version__}
        write(options.log, seconds=seconds, epoch=0, settings=settings, **untrained)
    n_steps = options.epochs * (len(samples) // options.batch)
    while epoch < options.epochs and seconds < options.budget:
        epoch += 1
        samples.epoch = epoch
        order = torch.Generator().manual_seed(options.seed * 1_000_003 + epoch)
        loader = torch.utils.data.DataLoader(
            samples, options.batch, shuffle=True, drop_last=True, num_workers=options.workers, generator=order
        )
        started = time.perf_counter()
        mean_loss, photos_seen = learn_epoch(model, loss, optimizer, loader, epoch, n_steps, memory_format)
        took = time.perf_counter() - started
        seconds += took
        record = {"seconds": seconds, "epoch": epoch, "photos_per_second": photos_seen / took, "loss": mean_loss}
        last = epoch == options.epochs or seconds >= options.budget
        if last or epoch % options.evaluate_every == 0:
            record |= evaluated(model, photos, memory_format)
        write(options.log, **record)
        save(options, model, loss, optimizer, epoch, seconds)


if __name__ == "__main__":
    main()
