/** What a file can be read from again, later: where a browser tells (Chromium, on a secure page). */
const handles = new WeakMap<File, Promise<FileSystemFileHandle | undefined>>()

/** Kept with permission to read; `queryPermission` and `requestPermission` are not in TypeScript's library. */
export interface KeptHandle extends FileSystemFileHandle {
  queryPermission?(how: { mode: 'read' }): Promise<PermissionState>
  requestPermission?(how: { mode: 'read' }): Promise<PermissionState>
}

/** An item that is dropped; what only some browsers have. */
interface Item extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>
}

/** Notes the handle of a file that is dropped. Called after the event, there is none. */
export function noteDropped(item: Item, file: File): void {
  const handle = item.getAsFileSystemHandle?.().then(
    (found) => (found?.kind === 'file' ? (found as FileSystemFileHandle) : undefined),
    () => undefined,
  )
  if (handle !== undefined) handles.set(file, handle)
}

/** The handle of a file, if there is one. */
export function handleOf(file: File): Promise<FileSystemFileHandle | undefined> {
  return handles.get(file) ?? Promise.resolve(undefined)
}

interface Picker {
  showOpenFilePicker?(how: { multiple: boolean; id: string }): Promise<readonly FileSystemFileHandle[]>
}

/** Whether the browser's own dialog tells of handles. */
export const canPick = () => 'showOpenFilePicker' in globalThis

/** The same dialog as that of a file field, whose files can be read again later. Nothing where it is closed. */
export async function pick(multiple: boolean): Promise<readonly File[]> {
  try {
    const picked = (await (globalThis as Picker).showOpenFilePicker?.({ multiple, id: 'recordings' })) ?? []
    return await Promise.all(
      picked.map(async (handle) => {
        const file = await handle.getFile()
        handles.set(file, Promise.resolve(handle))
        return file
      }),
    )
  } catch {
    return []
  }
}

/** The file of a handle, if it may be read; the browser is asked for that only where a person has clicked. */
export async function readAgain(handle: KeptHandle | undefined, mayAsk: boolean): Promise<File | undefined> {
  try {
    const ask = { mode: 'read' } as const
    let may = await handle?.queryPermission?.(ask)
    if (may === 'prompt' && mayAsk) may = await handle?.requestPermission?.(ask)
    return may === 'granted' ? await handle?.getFile() : undefined
  } catch {
    return undefined
  }
}
