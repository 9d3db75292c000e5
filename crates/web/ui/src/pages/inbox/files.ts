/** A file to send, with the folders it was found in. */
export interface FoundFile {
  file: File;
  /** Its name with folders, separated by `/`. */
  name: string;
}

/** The most a request may hold, in bytes. */
const REQUEST_LIMIT = 60_000_000;

// What a field of a multipart body takes besides the file: its headers and boundary.
const FIELD_COST = 400;

const PHOTO_NAMES = /\.(jpe?g|jpe|jfif|png|tiff?|webp|bmp|gif|hei[cf]|avif|jxl)$/i;

/** Whether a file looks like a photo; the server has the last word. */
export function looksLikePhoto(name: string, type: string): boolean {
  return type.startsWith("image/") || PHOTO_NAMES.test(name);
}

/** The photos among the files, and the names of what is none. Hidden files are dropped without a word. */
export function sorted(files: readonly FoundFile[]): { photos: FoundFile[]; others: string[] } {
  const seen = files.filter(({ name }) => !isHidden(name));
  const isPhoto = ({ file, name }: FoundFile) => looksLikePhoto(name, file.type);
  return { photos: seen.filter(isPhoto), others: seen.filter((found) => !isPhoto(found)).map(({ name }) => name) };
}

// Card readers and macOS leave `.DS_Store`, `._IMG_1.JPG` and the like beside photos.
function isHidden(name: string): boolean {
  return name.split("/").some((part) => part.startsWith("."));
}

/** As many of the first files as fit one request, in order; one that is too large for it comes alone. */
export function firstBatch(files: readonly FoundFile[], limit = REQUEST_LIMIT): FoundFile[] {
  let room = limit;
  let count = 0;
  for (const found of files) {
    room -= found.file.size + FIELD_COST + 3 * found.name.length;
    if (count > 0 && room < 0) {
      break;
    }
    count += 1;
  }
  return files.slice(0, count);
}

/** How many bytes these files have. */
export function bytesOf(files: readonly FoundFile[]): number {
  return files.reduce((sum, { file }) => sum + file.size, 0);
}

/** The files of an `<input type=file>`, with their folders where a folder was chosen. */
export function ofInput(list: FileList): FoundFile[] {
  return Array.from(list, (file) => ({ file, name: file.webkitRelativePath || file.name }));
}

/** The files that were dropped, those inside folders too. Call it before the event ends: entries are gone afterwards. */
export async function ofDrop(transfer: DataTransfer): Promise<FoundFile[]> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) {
    return ofInput(transfer.files);
  }
  const found = await Promise.all(entries.map(filesUnder));
  return found.flat();
}

async function filesUnder(entry: FileSystemEntry): Promise<FoundFile[]> {
  const name = entry.fullPath.replace(/^\//, "");
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ file, name }];
  }
  if (!isFolder(entry)) {
    return [];
  }
  const found: FoundFile[][] = [];
  for (const inside of await entriesOf(entry)) {
    found.push(await filesUnder(inside));
  }
  return found.flat();
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

// A reader hands out at most 100 entries a call and an empty list at the end.
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) {
      return all.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
    }
    all.push(...some);
  }
}
