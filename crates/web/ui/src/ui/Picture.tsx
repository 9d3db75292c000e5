import { useState } from "preact/hooks";
import { t } from "../strings";
import type { Box } from "../api/types";

interface PictureProps {
  src: string;
  alt: string;
  /** A frame over the picture, in shares (0 to 1) of its width and height. */
  box?: Box;
}

/** A picture that loads when it comes into view and says so where it cannot be shown. */
export function Picture({ src, alt, box }: PictureProps) {
  const [failed, setFailed] = useState<string | null>(null);
  if (failed === src) return <span class="picture picture-failed" role="img" aria-label={alt}>{t("common.notOpened")}</span>;
  return (
    <span class="picture">
      <img src={src} alt={alt} loading="lazy" decoding="async" draggable={false} onError={() => setFailed(src)} />
      {box && <span class="picture-box" style={frame(box)} />}
    </span>
  );
}

function frame(box: Box) {
  return {
    left: `${box.x * 100}%`, top: `${box.y * 100}%`,
    width: `${box.width * 100}%`, height: `${box.height * 100}%`,
  };
}
