import { ApiError, REFUSED_HERE } from '../api/http.ts'
import { formats, strings } from '../strings/index.ts'
import { ENDINGS, SOURCE_ENDINGS } from './endings.ts'
import { endingOf } from './endingOf.ts'
import { noteDropped } from './handles.ts'

/** Looked at in one folder and those in it: whoever drops a whole disk did not mean to. */
const MOST_ENTRIES = 1_000

/** Looked at of a file that may be a source: the first packet of a recording has zeros, and text has none. */
const HEAD_BYTES = 512

/** For devices that do not know its type. */
const isRecording = (name: string) => endingOf(name, ENDINGS) !== ''

/** Playlists are audio by their type, and by nothing else. */
const TYPE = /^(audio|video)\/(?!.*(mpegurl|scpls))/

/** A file that cannot be taken, or a folder of which nothing is, and why. */
export interface Refused {
  readonly name: string
  readonly error: ApiError
}

export type Dropped = File | Refused

/** The files among what was dropped, and of its folders the recordings. Called after the event, it finds nothing. */
export async function filesOf(items: readonly DataTransferItem[]): Promise<readonly Dropped[]> {
  const found = items.map((item) => {
    const entry = item.webkitGetAsEntry()
    if (isFolder(entry)) return takenFrom(entry)
    const file = item.getAsFile()
    if (file === null) return []
    noteDropped(item, file)
    return file
  })
  return (await Promise.all(found)).flat()
}

async function takenFrom(folder: FileSystemDirectoryEntry): Promise<readonly Dropped[]> {
  const seen = { entries: 0 }
  const inside = await tried(folder, recordingsIn(folder, seen))
  if (seen.entries > MOST_ENTRIES) return [refused(folder, strings.upload.tooMuchInside(MOST_ENTRIES))]
  return inside.length > 0 ? inside : [refused(folder, strings.upload.nothingInside)]
}

/** By name, and what a folder holds in its place. */
async function recordingsIn(folder: FileSystemDirectoryEntry, seen: { entries: number }): Promise<readonly Dropped[]> {
  const entries = await readOn(folder.createReader(), seen)
  const found = entries
    // What is hidden was not meant: `._talk.mp3` is no recording, but what macOS notes about one.
    .filter(({ name }) => !name.startsWith('.'))
    .toSorted((a, b) => formats.compare(a.name, b.name))
    .map((entry) => tried(entry, isFolder(entry) ? recordingsIn(entry, seen) : recordingOf(entry as FileSystemFileEntry)))
  return (await Promise.all(found)).flat()
}

async function recordingOf(entry: FileSystemFileEntry): Promise<readonly File[]> {
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
  return (TYPE.test(file.type) || isRecording(file.name)) && !(await isSource(file)) ? [file] : []
}

/** A folder of a program is full of `.ts` files that are no video. */
async function isSource(file: File): Promise<boolean> {
  if (endingOf(file.name, SOURCE_ENDINGS) === '') return false
  return !new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()).includes(0)
}

/** A browser tells of some at a time, at most a hundred, and of none at the end. */
async function readOn(reader: FileSystemDirectoryReader, seen: { entries: number }): Promise<readonly FileSystemEntry[]> {
  const some = await new Promise<readonly FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
  seen.entries += some.length
  if (some.length === 0 || seen.entries > MOST_ENTRIES) return some
  return [...some, ...(await readOn(reader, seen))]
}

/** One that cannot be read does not keep the others. Of a file that is no recording by its name nothing is said. */
function tried(entry: FileSystemEntry, reading: Promise<readonly Dropped[]>): Promise<readonly Dropped[]> {
  return reading.catch(() => (isFolder(entry) || isRecording(entry.name) ? [refused(entry, strings.upload.unreadable)] : []))
}

function isFolder(entry: FileSystemEntry | null): entry is FileSystemDirectoryEntry {
  return entry?.isDirectory === true
}

function refused({ name }: FileSystemEntry, sentence: string): Refused {
  return { name, error: new ApiError(0, REFUSED_HERE, sentence) }
}
