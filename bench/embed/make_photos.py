"""Makes photos to measure with: 1600 x 1200, JPEG quality 90, natural-like content, about 290 kB each.

    python make_photos.py FOLDER [COUNT]

Natural photos have a spectrum that falls with frequency (about 1/f), edges, and detail that differs from
place to place. Each photo is a sum of those, from its own seed, so every machine makes the same pixels.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 1600, 1200


def falling_noise(random: np.random.Generator, power: float) -> np.ndarray:
    """Noise whose amplitude falls with frequency to the given power; mean 0, deviation 1."""
    y = np.fft.fftfreq(HEIGHT)[:, None]
    x = np.fft.rfftfreq(WIDTH)[None, :]
    amplitude = 1.0 / np.maximum(np.hypot(x, y), 1.0 / WIDTH) ** power
    phase = random.uniform(0.0, 2.0 * np.pi, amplitude.shape)
    field = np.fft.irfft2(amplitude * np.exp(1j * phase), s=(HEIGHT, WIDTH))
    return (field - field.mean()) / field.std()


def photo(seed: int) -> Image.Image:
    random = np.random.default_rng(seed)
    ground = falling_noise(random, 1.6)
    detail = falling_noise(random, 0.55)
    where = 1.0 / (1.0 + np.exp(-3.0 * falling_noise(random, 1.8)))
    light = 118.0 + 42.0 * ground + 3.5 * detail * where
    # An animal: an ellipse with stripes.
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    cx, cy = random.uniform(500, 1100), random.uniform(400, 800)
    a, b = random.uniform(250, 450), random.uniform(150, 300)
    inside = ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 < 1.0
    stripes = 30.0 * np.sign(np.sin(x / random.uniform(12, 30) + 2.0 * ground))
    light = np.where(inside, 0.7 * light + 40.0 + stripes, light)
    tint = random.uniform(0.85, 1.15, 3)
    hue = falling_noise(random, 1.6)
    planes = [light * tint[0] + 9.0 * hue, light * tint[1], light * tint[2] - 9.0 * hue]
    return Image.fromarray(np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8))


def main() -> None:
    folder = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 240
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for seed in range(count):
        path = folder / f"photo-{seed:04}.jpg"
        if not path.exists():
            photo(seed).save(path, quality=90)
        total += path.stat().st_size
    print(f"{count} photos, {total / count / 1000:.0f} kB each on average: {folder}")


if __name__ == "__main__":
    main()
