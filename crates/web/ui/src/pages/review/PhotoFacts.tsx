import type { AnnotationShown } from "../../api/types";
import { t } from "../../strings";

/** What is known of a photo: always in sight, since a side or a date alone can rule a match out. */
export function PhotoFacts({ annotation }: { annotation: AnnotationShown | null }) {
  if (!annotation) return <dl class="facts" />;
  const facts: [name: string, value: string | null][] = [
    [t("fact.file"), annotation.file],
    [t("fact.date"), annotation.date ?? t("common.noDate")],
    [t("fact.viewpoint"), annotation.viewpoint],
    [t("fact.species"), annotation.species],
    [t("fact.quality"), annotation.quality],
    [t("fact.encounter"), annotation.encounter],
    [t("fact.place"), annotation.place ? annotation.place.map((degrees) => degrees.toFixed(2)).join(", ") : null],
  ];
  return (
    <dl class="facts">
      {facts.filter(([, value]) => value).map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd title={value ?? ""}>{value}</dd></div>
      ))}
    </dl>
  );
}
