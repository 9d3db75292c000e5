import { useState } from "preact/hooks";
import { t } from "../strings";

interface PictureProps {
  src: string;
  alt: string;
}

/** A picture that loads when it comes into view and says so where it cannot be shown. */
export function Picture({ src, alt }: PictureProps) {
  const [failed, setFailed] = useState<string | null>(null);
  if (failed === src) return <span class="picture picture-failed" role="img" aria-label={alt}>{t("common.notOpened")}</span>;
  return (
    <span class="picture">
      <img src={src} alt={alt} loading="lazy" decoding="async" draggable={false} onError={() => setFailed(src)} />
    </span>
  );
}
