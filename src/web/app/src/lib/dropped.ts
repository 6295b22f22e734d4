import { ApiError, UNREADABLE_FILE } from '../api/http.ts'
import { formats, strings } from '../strings/index.ts'

/** Looked at in one folder and those in it: whoever drops a whole disk did not mean to. */
const MOST_ENTRIES = 1_000

/** Of what the service reads, for devices that do not know its type. */
const ENDING = /\.(3g[2p]|aac|aif[cf]?|aiff|asf|caf|flac|m4[abv]|mk[av]|mov|mp[34]|og[agv]|opus|wav|webm|wm[av])$/i

/** Playlists are audio by their type, and by nothing else. */
const TYPE = /^(audio|video)\/(?!.*(mpegurl|scpls))/

/** A folder of which nothing is taken, and why. */
export interface Refused {
  readonly name: string
  readonly size: 0
  readonly error: ApiError
}

/** The files among what was dropped, and of its folders the recordings. Called after the event, it finds nothing. */
export async function filesOf(items: readonly DataTransferItem[]): Promise<readonly (File | Refused)[]> {
  const found = items.map((item) => {
    const entry = item.webkitGetAsEntry()
    return isFolder(entry) ? takenFrom(entry) : (item.getAsFile() ?? [])
  })
  return (await Promise.all(found)).flat()
}

async function takenFrom(folder: FileSystemDirectoryEntry): Promise<readonly (File | Refused)[]> {
  try {
    const recordings = await recordingsIn(folder, { entries: 0 })
    if (recordings.length === 0) throw refusal(strings.upload.nothingInside)
    return recordings
  } catch (error) {
    // What is no refusal is the browser's, in its own words.
    return [{ name: folder.name, size: 0, error: error instanceof ApiError ? error : refusal(strings.upload.unreadable) }]
  }
}

/** By name, and what a folder holds in its place. */
async function recordingsIn(folder: FileSystemDirectoryEntry, seen: { entries: number }): Promise<readonly File[]> {
  const entries = await readOn(folder.createReader(), seen)
  const found = entries
    // What is hidden was not meant: `._talk.mp3` is no recording, but what macOS notes about one.
    .filter(({ name }) => !name.startsWith('.'))
    .toSorted((a, b) => formats.compare(a.name, b.name))
    .map((entry) => (isFolder(entry) ? recordingsIn(entry, seen) : recordingOf(entry as FileSystemFileEntry)))
  return (await Promise.all(found)).flat()
}

async function recordingOf(entry: FileSystemFileEntry): Promise<readonly File[]> {
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
  return TYPE.test(file.type) || ENDING.test(file.name) ? [file] : []
}

/** A browser tells of some at a time, at most a hundred, and of none at the end. */
async function readOn(reader: FileSystemDirectoryReader, seen: { entries: number }): Promise<readonly FileSystemEntry[]> {
  const some = await new Promise<readonly FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
  if (some.length === 0) return []
  seen.entries += some.length
  if (seen.entries > MOST_ENTRIES) throw refusal(strings.upload.tooMuchInside(MOST_ENTRIES))
  return [...some, ...(await readOn(reader, seen))]
}

function isFolder(entry: FileSystemEntry | null): entry is FileSystemDirectoryEntry {
  return entry?.isDirectory === true
}

function refusal(sentence: string): ApiError {
  return new ApiError(0, UNREADABLE_FILE, sentence)
}
