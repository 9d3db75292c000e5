// The shapes the server sends and takes. Boxes are pixels of the upright photo at full size; probabilities are 0 to 1.

/** Who the server takes this reader for. */
export interface Me { name: string }

/** One page of a list. */
export interface Listing<T> { items: T[]; next_cursor: string | null; total: number }

/** The state of the whole catalog. */
export interface CatalogOverview {
  name: string; version: string;
  photos: number; annotations: number; unidentified: number; individuals: number; encounters: number; species: number;
  bundle: string; detector: string; local_features: string[]; classifiers: string[];
  species_there: string[]; viewpoints_there: string[];
  calibrations: Calibration[];
  prices: { words: string };
  advice: { what: string; hint: string | null }[];
  failures: Failure[];
  latest_step: string | null;
}

/** One fitted map from similarity to probability. */
export interface Calibration {
  slot: string; effort: string; serves: boolean; words: string; individuals: number; annotations: number; fitted_at: string;
}

/** What could not be done, and why. */
export interface Failure { about: string; message: string }

/** A rectangle in pixels of the upright photo. */
export interface Box { x: number; y: number; width: number; height: number }

/** An individual by id and name. */
export interface IndividualRef { id: string; name: string }

/** One animal in one photo, with what is needed to show it. */
export interface AnnotationShown {
  annotation: string; photo: string; file: string;
  photo_width: number; photo_height: number; region: Box | null;
  date: string | null; place: [number, number] | null;
  species: string | null; viewpoint: string | null; quality: string | null; encounter: string | null;
  individual: IndividualRef | null;
}

/** The order of the queue. */
export type QueueOrder = "benefit" | "taken";

/** What the policy decided without a person. */
export type Decision = "match" | "new" | "ask" | "not-identifiable";

/** The open cases. */
export interface Queue {
  items: CaseRow[]; next_cursor: string | null;
  total: number; decided: number;
  preparing: { done: number; total: number } | null;
}

/** One open case in the queue. */
export interface CaseRow {
  case: string;
  annotations: string[];
  /** None where the case has no answer yet, as `benefit`. */
  decision: Decision | null;
  individual: IndividualRef | null;
  probability: number | null; new_probability: number | null;
  benefit: number | null;
  file: string; date: string | null; encounter: string | null; species: string | null; viewpoint: string | null;
}

/** What is decided at once: the unidentified annotations of one encounter, with ranked candidates. */
export interface Case {
  case: string; etag: string;
  /** Whether nobody has decided it yet. */
  open: boolean;
  query: AnnotationShown[];
  decision: Decision; reason: string | null;
  calibrated: boolean;
  new_probability: number | null; others_probability: number | null;
  candidates: Candidate[];
  compared: { individuals: number; photos: number; filters: string[] };
  up_to_date: boolean;
  next: string[];
  position: number; total: number;
}

/** One individual proposed for a case. */
export interface Candidate {
  individual: IndividualRef; rank: number;
  probability: number | null; similarity: number; matches: number | null;
  photos: number; first_seen: string | null; last_seen: string | null;
  days_apart: number | null; km_apart: number | null;
  annotations: AnnotationShown[];
  verdicts: PairVerdict[];
}

/** What somebody said of a pair before. */
export interface PairVerdict {
  verdict: VerdictWord; by: string; at: string; confidence: number | null; note: string | null; step: string;
}

/** What a person can say. */
export type VerdictWord = "same" | "different" | "cannot-tell" | "not-comparable" | "new" | "bad-photo";

/** How sure a person is: guessing, not sure, pretty sure, absolutely sure. */
export type Confidence = 1 | 2 | 3 | 4;

/** A verdict as it is sent. */
export interface VerdictSaid {
  verdict: VerdictWord;
  individual?: string;
  name?: string;
  confidence?: Confidence;
  note?: string; tag?: string; by?: string;
  /** Whether the person saw neither the model's order nor what others said. */
  blind: boolean;
}

/** The answer to a verdict. */
export interface VerdictDone { step: Step; next: string | null; individual: IndividualRef | null }

/** The body of a 412 answer: the case as it is now, and who changed it. */
export interface CaseConflict { case: Case; by: string; at: string }

/** Matched keypoints of two photos, in pixels of the upright photos. */
export interface Matches { kinds: { features: string; lines: MatchLine[] }[] }

/** One matched pair of keypoints. */
export interface MatchLine { from: [number, number]; to: [number, number] }

/** One line of the journal. */
export interface JournalRow {
  step: string; action: string; by: string; by_kind: "person" | "model"; at: string; annotations: number;
  undoes?: string; undone_by?: string;
}

/** One change of the catalog in full. */
export interface Step {
  step: string; action: string; by: string; by_kind: string; at: string;
  photos: { annotation: string; photo: string; before: IndividualRef | null; after: IndividualRef | null }[];
  names: { name: string; before: NameRole | null; after: NameRole | null }[];
  individuals: { individual: IndividualRef; before: string | null; after: string; merged_into?: IndividualRef }[];
  labels: { about: string; label: string; before: string | null; before_by?: string; after: string | null; after_by?: string }[];
  undoes?: string; undone_by?: string;
}

/** Whose name it is, and as what (main name or alias). */
export interface NameRole { individual: string; role: string }

/** One individual in a list. */
export interface IndividualRow {
  id: string; name: string; aliases: string[]; photos: number; annotations: number; encounters: number;
  first_seen: string | null; last_seen: string | null; best: string | null;
}

/** One individual in full. */
export interface IndividualDetails extends IndividualRow {
  attributes: Record<string, string>; annotations_shown: AnnotationShown[];
}

/** One photo with its annotations. */
export interface PhotoShown {
  photo: string; file: string; width: number; height: number; date: string | null; annotations: AnnotationShown[];
}

/** Long work on the server. */
export interface Job {
  job: string; kind: "photos" | "calibrate"; state: "waiting" | "running" | "done" | "failed" | "stopped";
  title: string; done: number; total: number | null; seconds_left: number | null; ahead: number;
  message: string | null; report: JobReport | null;
}

/** What came of a job that took photos in. */
export interface JobReport { stored: number; already_there: number; annotations: number; failures: Failure[] }
