import type { KeptHandle } from './handles.ts'

/** What this browser remembers of an upload, so that it goes on after a reload. */
export interface Remembered {
  /** Of its session. */
  readonly id: string
  /** Whose it is: several people may use one browser. */
  readonly person: string
  readonly filename: string
  readonly size: number
  readonly lastModified: number
  /** Where the file is, if the browser can read it again. */
  readonly handle?: KeptHandle | undefined
  /** A person has paused it. */
  readonly paused: boolean
}

const NAME = 'playhead'
const STORE = 'uploads'

/** Where nothing may be stored (a private window, an old browser): until the page is left. */
const fallback = new Map<string, Remembered>()

let opening: Promise<IDBDatabase | undefined> | undefined

function open(): Promise<IDBDatabase | undefined> {
  opening ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open(NAME, 1)
      request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE, { keyPath: 'id' }))
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => resolve(undefined))
    } catch {
      resolve(undefined)
    }
  })
  return opening
}

/** Runs one request. What fails is as if nothing had been stored. */
async function ask<T>(mode: IDBTransactionMode, run: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  const database = await open()
  if (database === undefined) return undefined
  return new Promise((resolve) => {
    try {
      const request = run(database.transaction(STORE, mode).objectStore(STORE))
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', (event) => {
        event.preventDefault()
        resolve(undefined)
      })
    } catch {
      resolve(undefined)
    }
  })
}

export async function remember(one: Remembered): Promise<void> {
  if ((await ask('readwrite', (store) => store.put(one))) === undefined) fallback.set(one.id, one)
}

export async function forgetRemembered(id: string): Promise<void> {
  fallback.delete(id)
  await ask('readwrite', (store) => store.delete(id))
}

/** What is remembered of one person's uploads. */
export async function rememberedOf(person: string): Promise<readonly Remembered[]> {
  const stored = (await ask<Remembered[]>('readonly', (store) => store.getAll())) ?? []
  return [...stored, ...fallback.values()].filter((one) => one.person === person)
}
