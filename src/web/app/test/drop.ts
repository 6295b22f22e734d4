/** A browser tells of so many at a time; a real one of a hundred. */
const AT_A_TIME = 3

interface Folder {
  readonly isDirectory: true
  readonly name: string
  readonly createReader: () => { readEntries: (tell: (entries: readonly unknown[]) => void, fail: () => void) => void }
}

/** A file in a folder, of which only the name can be read. */
export const locked = (name: string) => ({ isDirectory: false, name, file: (_: unknown, fail: () => void) => fail() })

/** A folder as a drop tells of it: with files and folders in it, or one that cannot be read. */
export function folder(name: string, ...inside: (File | Folder | ReturnType<typeof locked> | 'unreadable')[]): Folder {
  const entries = inside.map((one) =>
    one instanceof File ? { isDirectory: false, name: one.name, file: (tell: (file: File) => void) => tell(one) } : one,
  )
  const createReader = () => {
    const left = [...entries]
    return {
      readEntries: (tell: (entries: readonly unknown[]) => void, fail: () => void) =>
        left.includes('unreadable') ? fail() : tell(left.splice(0, AT_A_TIME)),
    }
  }
  return { isDirectory: true, name, createReader }
}

/** What a drop carries, as far as the page asks for it. jsdom has no such thing. */
export function dropOf(...dropped: (File | Folder)[]) {
  const items = dropped.map((one) => ({
    kind: 'file',
    webkitGetAsEntry: () => (one instanceof File ? { isDirectory: false } : one),
    getAsFile: () => (one instanceof File ? one : null),
  }))
  return { types: ['Files'], items: items as unknown as readonly DataTransferItem[] }
}
