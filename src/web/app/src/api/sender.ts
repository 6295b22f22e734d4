// Over 300 lines: one queue of uploads, whose every way out is in `#send`.

import type { QueryClient } from '@tanstack/react-query'
import type { Dropped } from '../lib/dropped.ts'
import { handleOf, readAgain } from '../lib/handles.ts'
import { Line } from '../lib/line.ts'
import { type Remembered, forgetRemembered, remember, rememberedOf } from '../lib/remembered.ts'
import { isUploading } from '../lib/stages.ts'
import { Tabs } from '../lib/tabs.ts'
import { strings } from '../strings/index.ts'
import { uploadingStrings } from '../strings/uploading.ts'
import { forget, lostLogin } from './client.ts'
import { ApiError, get, remove } from './http.ts'
import { type Why, pauseFor, pauseOf } from './pause.ts'
import { forgetSession, readListAgain, sessionBegunOf, showSession } from './sessions.ts'
import { type Choices, ELSEWHERE, NO_PATCH_HERE, TOO_LARGE_HERE, readable, sendByTus } from './tus.ts'
import type { Session } from './types.ts'
import type { Upload, UploadsState } from './uploads.tsx'

/** So often in a row a file may be cut off without a byte that arrived, while there is a network: each time half as much is tried. */
const MOST_CUTS = 6

/** So long nothing has come from elsewhere before it goes on here: longer than two tries of whoever sends there are apart. */
const STILL_MS = 45_000

/** Stopped by a person, by another tab, or because its person is gone: no failure. */
const STOPPED = new DOMException('The upload was stopped.', 'AbortError')

/** The files of this page by the ids of their sessions: who signs in again goes on with them, and nobody else. */
const held = new Map<string, File>()
addEventListener('pagehide', () => held.clear())

/** What is to be sent, and how it is stopped. */
interface Job {
  file: File
  readonly choices: Choices
  readonly batch: Batch
  id: string | undefined
  stop: AbortController
  /** How often it was cut off since a byte of it arrived. */
  cuts: number
  /** A session may have begun for it, without an answer. */
  doubtful: boolean
  /** How much of it the server had when it last said so. */
  stored: number
  /** How much of it may be on the server by what was sent from here. */
  sent: number | undefined
  /** When it was begun here last: of two tabs the later one sends. */
  began: number
}

/** What was brought at once: a single one is watched as soon as it is there, several are told of when all are. */
interface Batch {
  readonly single: boolean
  taken: readonly string[]
}

export interface Surroundings {
  readonly client: QueryClient
  readonly person: string
  readonly say: (sentence: string) => void
  /** Shows the session of a file that was brought by itself. */
  readonly watch: (id: string) => void
  readonly show: (state: UploadsState) => void
}

/** Sends files one after another, so that the first is ready soonest, and goes on whatever happens to the way. */
export class Sender {
  readonly #around: Surroundings
  readonly #jobs = new Map<string, Job>()
  readonly #line = new Line()
  readonly #tabs = new Tabs({
    sent: () => new Map(this.#sent().map(({ id, began }) => [id, began])),
    onTaken: (id) => this.#sent().forEach((one) => one.id === id && this.#halt(one.key, 'elsewhere')),
  })
  #state: UploadsState = { uploads: [], waiting: undefined, kept: new Set() }
  #kept = new Map<string, Remembered>()
  #sending = false
  #closed = false
  #count = 0
  /** How often in a row it could not be sent, and the reason that was said last. */
  #outage: { tries: number; said: Why | undefined } = { tries: 0, said: undefined }

  constructor(around: Surroundings) {
    this.#around = around
    void this.#recall()
  }

  /** Nothing more is sent: another person may be next. What has arrived waits for this one. */
  close(): void {
    this.#closed = true
    for (const { stop } of this.#jobs.values()) stop.abort(STOPPED)
    this.#jobs.clear()
    this.#tabs.close()
  }

  async add(files: readonly Dropped[], choices: Choices): Promise<void> {
    const batch: Batch = { single: files.length === 1, taken: [] }
    const remembered = await this.#remembered()
    if (this.#closed) return
    for (const file of files) {
      if (!(file instanceof File)) this.#put({ filename: file.name, size_bytes: undefined, error: file.error, state: 'failed' })
      else this.#begin(file, choices, batch, this.#begun(file, remembered))
    }
  }

  /** Goes on with a file that was chosen again; says why not if it is another one. */
  async resume(session: Session, file: File): Promise<string | undefined> {
    const one = (await this.#remembered()).find(({ id }) => id === session.id)
    const name = one?.filename ?? session.filename
    if (file.size !== session.size_bytes || bare(file.name) !== bare(name)) return uploadingStrings.another(file.name, name, session.size_bytes)
    if (one !== undefined && one.lastModified !== file.lastModified) return uploadingStrings.changed(file.name)
    this.#begin(file, {}, { single: false, taken: [] }, session.id, session.status.progress ?? 0)
    return undefined
  }

  /** Goes on with a file that this browser can read again. A person has clicked: it may be asked for permission. */
  async goOn(session: Session): Promise<string | undefined> {
    const file = await readAgain(this.#kept.get(session.id)?.handle, true)
    if (file === undefined) {
      this.#keep(session.id, undefined)
      return uploadingStrings.notRead
    }
    return this.resume(session, file)
  }

  pause(key: string): void {
    const share = this.#upload(key)?.share ?? 0
    this.#halt(key, 'paused')
    this.#around.say(uploadingStrings.pausedAt(share))
    void this.#note(this.#jobs.get(key), true)
  }

  /** Sends on what was paused, what failed, or what another tab has taken. */
  retry(key: string): void {
    const job = this.#jobs.get(key)
    // A second click: what goes on already can be stopped only by the controller that it began with.
    if (job === undefined || this.#isUnderWay(key)) return
    Object.assign(job, { cuts: 0, sent: undefined, stop: new AbortController() })
    void this.#note(job, false)
    this.#change(key, { state: 'waiting', error: undefined })
    this.#pump()
  }

  /** Takes one out of the list, with all of it that has arrived. */
  dismiss(key: string): void {
    const id = this.#drop(key)
    if (id === undefined) return
    this.#over(id)
    // What cannot be deleted now is in the list, where it can be deleted as well.
    void remove(`/sessions/${encodeURIComponent(id)}`).then(
      () => forgetSession(this.#around.client, id),
      () => readListAgain(this.#around.client),
    )
  }

  /** The session is ended or deleted from here. */
  forget(id: string): void {
    const upload = this.#state.uploads.find((one) => one.id === id)
    if (upload !== undefined) this.#drop(upload.key)
    this.#over(id)
  }

  /** How far it is by the status of its session. */
  heard(id: string, share: number): void {
    const upload = this.#state.uploads.find((one) => one.id === id)
    if (upload !== undefined && share > upload.share) this.#change(upload.key, { share })
  }

  #begin(file: File, choices: Choices, batch: Batch, id: string | undefined, share = 0): void {
    if (this.#closed) return
    const known = this.#state.uploads.find((one) => id !== undefined && one.id === id)
    const before = known && this.#jobs.get(known.key)
    if (known !== undefined && before !== undefined) {
      before.file = file
      return this.retry(known.key)
    }
    const key = this.#put({ filename: file.name, size_bytes: file.size, error: undefined, state: 'waiting', id, share })
    this.#jobs.set(key, { file, choices, batch, id, stop: new AbortController(), cuts: 0, doubtful: false, stored: 0, sent: undefined, began: 0 })
    this.#pump()
  }

  /** The session of an earlier upload of the same file that is not whole, unless it is sent from here at this moment. */
  #begun({ name, size, lastModified }: File, remembered: readonly Remembered[]): string | undefined {
    const same = remembered.find((one) => one.filename === name && one.size === size && one.lastModified === lastModified)
    const here = this.#state.uploads.find(({ id }) => id === same?.id)
    return here === undefined || !this.#isUnderWay(here.key) ? same?.id : undefined
  }

  #pump(): void {
    if (!this.#sending) void this.#sendAll()
  }

  async #sendAll(): Promise<void> {
    this.#sending = true
    for (;;) {
      const next = this.#state.uploads.find(({ key, state }) => state === 'waiting' && this.#jobs.has(key))
      const job = next && this.#jobs.get(next.key)
      if (next === undefined || job === undefined) break
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await this.#send(next.key, job)
    }
    // In the same turn as it was found that there is nothing to do, or what is added meanwhile would wait for ever.
    this.#sending = false
  }

  /** Tries until it is there, is stopped, or fails for good. */
  async #send(key: string, job: Job): Promise<void> {
    const { signal } = job.stop
    // A further try is seen only when something goes: one of many without success would flicker.
    if (this.#outage.tries === 0) this.#change(key, { state: 'sending' })
    try {
      await readable(job.file)
      if (job.doubtful && job.id === undefined) await this.#find(key, job)
      signal.throwIfAborted()
      if (job.id !== undefined) this.#claim(job, job.id)
      await sendByTus({
        ...job,
        line: this.#line,
        signal,
        onSession: (id) => this.#named(key, job, id),
        onStored: (bytes) => this.#stored(key, job, bytes),
        onSent: (bytes) => {
          job.sent = Math.max(job.sent ?? 0, bytes)
        },
      })
      await this.#taken(key, job)
    } catch (error) {
      if (signal.aborted) return this.#calm()
      if (lostLogin(error)) {
        this.close()
        return forget(this.#around.client)
      }
      if (error instanceof ApiError && error.code === ELSEWHERE) return this.#leave(key)
      if (this.#learns(error)) return this.#send(key, job)
      const wait = this.#worthAnother(job, error) ? pauseOf(error, this.#outage.tries) : undefined
      if (wait === undefined) return this.#fail(key, job, error)
      // The others would be refused as well.
      this.#change(key, { state: 'waiting' })
      this.#show({ waiting: { why: wait.why, until: Date.now() + wait.ms } })
      if (this.#outage.said !== wait.why) this.#around.say(strings.upload.waits[wait.why])
      this.#outage = { tries: this.#outage.tries + 1, said: wait.why }
      await pauseFor(wait, signal)
      if (signal.aborted) return this.#calm()
      return this.#send(key, job)
    }
  }

  /** Its session is there: from now on it is known by it, in the list and by this browser. */
  #named(key: string, job: Job, id: string): void {
    if (job.id === id) return
    job.id = id
    job.doubtful = false
    this.#calm()
    this.#change(key, { id, state: 'sending' })
    this.#claim(job, id)
    void this.#note(job, false)
    // If it cannot be read now, the list is read again as something of it is told.
    void get<Session>(`/sessions/${encodeURIComponent(id)}`).then((session) => showSession(this.#around.client, session), () => {})
  }

  #stored(key: string, job: Job, bytes: number): void {
    if (bytes > job.stored) {
      job.cuts = 0
      this.#calm()
    }
    job.stored = bytes
    this.#show({ waiting: undefined })
    this.#change(key, { state: 'sending', share: bytes / job.file.size })
  }

  async #taken(key: string, job: Job): Promise<void> {
    this.#calm()
    const { client, watch } = this.#around
    const id = job.id ?? ''
    this.#over(id)
    // Both at once, so that it is never in the list twice, nor missing from it.
    const session = await get<Session>(`/sessions/${encodeURIComponent(id)}`).catch(() => undefined)
    if (session !== undefined) showSession(client, session)
    job.batch.taken = [...job.batch.taken, job.file.name]
    this.#drop(key)
    if (job.batch.single) watch(id)
  }

  async #fail(key: string, job: Job, error: unknown): Promise<void> {
    this.#calm()
    const { id } = job
    const status = error instanceof ApiError ? error.status : 0
    // No recording by its first bytes: the service has deleted it.
    const isRefused = status === 415
    if (id !== undefined && (isRefused || (status === 404 && (await isGone(id))))) {
      const wasRemembered = job.sent === undefined
      forgetSession(this.#around.client, id)
      this.#over(id)
      Object.assign(job, { id: undefined, stored: 0, sent: undefined })
      this.#change(key, { id: undefined, share: 0 })
      // What was remembered had expired, or was deleted since: it is begun anew.
      if (!isRefused && wasRemembered) return this.#send(key, job)
      // What is deleted elsewhere while it is sent is begun anew only if a person wants it.
      this.#change(key, { state: 'failed', error: isRefused ? error : new ApiError(0, 'gone', uploadingStrings.gone) })
      return this.#tell(job.batch)
    }
    // Canceled elsewhere: its session says so.
    if (status === 410) return void this.#drop(key)
    this.#change(key, { state: 'failed', error })
    this.#tell(job.batch)
  }

  /** Notes how a try ended, and whether there may be another one of its own accord. */
  #worthAnother(job: Job, error: unknown): boolean {
    if (!(error instanceof ApiError)) return true
    const { status, code } = error
    if (job.id === undefined && (status === 0 || status === 502)) job.doubtful = true
    if (code === 'cut' && navigator.onLine) {
      job.cuts += 1
      this.#line.cut()
    }
    return job.cuts < MOST_CUTS
  }

  /** Whether something on the way takes what is sent in another way, which is tried at once. */
  #learns(error: unknown): boolean {
    if (!(error instanceof ApiError)) return false
    if (error.code === TOO_LARGE_HERE) return this.#line.refused()
    if (error.code !== NO_PATCH_HERE || this.#line.override) return false
    this.#line.override = true
    return true
  }

  /** Whether a session has begun for it though its answer was lost: an empty one like it. */
  async #find(key: string, job: Job): Promise<void> {
    const ours = new Set(this.#state.uploads.map(({ id }) => id))
    const session = await sessionBegunOf(job.file, ours)
    job.doubtful = false
    if (session === undefined) return
    showSession(this.#around.client, session)
    this.#named(key, job, session.id)
  }

  /** Another tab has taken it, or another device. */
  #leave(key: string): void {
    this.#calm()
    this.#halt(key, 'elsewhere')
    const job = this.#jobs.get(key)
    if (job !== undefined) void this.#return(key, job)
  }

  /** Goes on here once nothing more comes from there: it may have been an old request of ours that arrived late. */
  async #return(key: string, job: Job, before?: number | null): Promise<void> {
    const { id = '', stop } = job
    const { client } = this.#around
    // Else it goes on here since, or is not in the list any more.
    const isStill = () => this.#jobs.get(key)?.stop === stop
    const session = await get<Session>(`/sessions/${encodeURIComponent(id)}`).catch((error: unknown) => error)
    if (!isStill()) return
    if (isStatus(session, 404)) {
      forgetSession(client, id)
      return this.forget(id)
    }
    if (isSession(session) && !isUploading(session.status)) {
      showSession(client, session)
      return this.forget(id)
    }
    const progress = isSession(session) ? session.status.progress : undefined
    if (before !== undefined && progress === before) return this.retry(key)
    await new Promise((resolve) => setTimeout(resolve, STILL_MS))
    if (isStill()) return this.#return(key, job, progress)
  }

  #halt(key: string, state: Upload['state']): void {
    const job = this.#jobs.get(key)
    job?.stop.abort(STOPPED)
    this.#change(key, { state })
    if (job !== undefined) this.#tell(job.batch)
  }

  #claim(job: Job, id: string): void {
    job.began = this.#tabs.claim(id)
  }

  /** What is sent from here, or waits to be. */
  #sent() {
    return this.#state.uploads.flatMap(({ key, id }) => {
      const began = this.#jobs.get(key)?.began
      return id === undefined || began === undefined || !this.#isUnderWay(key) ? [] : [{ key, id, began }]
    })
  }

  #remembered(): Promise<readonly Remembered[]> {
    return rememberedOf(this.#around.person)
  }

  async #note(job: Job | undefined, paused: boolean): Promise<void> {
    if (job?.id === undefined) return
    const { id, file } = job
    const { name: filename, size, lastModified } = file
    held.set(id, file)
    const handle = await handleOf(file)
    if (this.#closed) return
    const one: Remembered = { id, person: this.#around.person, filename, size, lastModified, paused, handle: handle ?? this.#kept.get(id)?.handle }
    // It may be whole or deleted meanwhile.
    if (job.id === id && [...this.#jobs.values()].includes(job)) {
      this.#keep(id, one)
      await remember(one)
    }
  }

  /** What was not whole when the page was left: it goes on by itself where the browser reads the file without being asked. */
  async #recall(): Promise<void> {
    const remembered = await this.#remembered()
    if (remembered.length === 0 || this.#closed) return
    const theirs = await this.#tabs.others()
    for (const one of remembered) {
      // oxlint-disable-next-line no-await-in-loop -- one after another, in their order
      const session = await get<Session>(`/sessions/${encodeURIComponent(one.id)}`).catch((error: unknown) => error)
      if (isStatus(session, 404) || (isSession(session) && !isUploading(session.status))) this.#over(one.id)
      if (!isSession(session) || !isUploading(session.status) || (one.handle === undefined && !held.has(one.id))) continue
      this.#keep(one.id, one)
      if (one.paused || theirs.has(one.id)) continue
      // oxlint-disable-next-line no-await-in-loop -- as above
      const file = held.get(one.id) ?? (await readAgain(one.handle, false))
      if (file !== undefined) void this.resume(session, file)
    }
  }

  /** Nothing of it is to be gone on with any more. */
  #over(id: string): void {
    held.delete(id)
    void forgetRemembered(id)
    this.#keep(id, undefined)
  }

  #keep(id: string, one: Remembered | undefined): void {
    if (one?.handle === undefined) this.#kept.delete(id)
    else this.#kept.set(id, one)
    this.#show({ kept: new Set(this.#kept.keys()) })
  }

  #upload(key: string): Upload | undefined {
    return this.#state.uploads.find((one) => one.key === key)
  }

  #isUnderWay(key: string): boolean {
    const state = this.#upload(key)?.state
    return state === 'waiting' || state === 'sending'
  }

  #put(one: Omit<Upload, 'key' | 'id' | 'share'> & Partial<Upload>): string {
    // Counted: crypto.randomUUID() is missing where the page is not secure, such as http:// on a local network.
    const key = `upload-${++this.#count}`
    this.#show({ uploads: [...this.#state.uploads, { id: undefined, share: 0, ...one, key }] })
    return key
  }

  #change(key: string, to: Partial<Upload>): void {
    this.#show({ uploads: this.#state.uploads.map((one) => (one.key === key ? { ...one, ...to } : one)) })
  }

  #drop(key: string): string | undefined {
    const job = this.#jobs.get(key)
    this.#jobs.delete(key)
    job?.stop.abort(STOPPED)
    this.#show({ uploads: this.#state.uploads.filter((one) => one.key !== key) })
    if (job !== undefined) this.#tell(job.batch)
    return job?.id
  }

  #calm(): void {
    this.#outage = { tries: 0, said: undefined }
    if (this.#state.waiting !== undefined) this.#show({ waiting: undefined })
  }

  #show(changed: Partial<UploadsState>): void {
    this.#state = { ...this.#state, ...changed }
    this.#around.show(this.#state)
  }

  /** Of many, once: nobody wants to hear fifty names, nor the server to be asked for fifty lists. */
  #tell(batch: Batch): void {
    const left = this.#state.uploads.some(({ key }) => this.#isUnderWay(key) && this.#jobs.get(key)?.batch === batch)
    if (left || batch.taken.length === 0) return
    this.#around.say(uploadingStrings.taken(batch.taken))
    batch.taken = []
    void readListAgain(this.#around.client)
  }
}

async function isGone(id: string): Promise<boolean> {
  const answer = await get<Session>(`/sessions/${encodeURIComponent(id)}`).catch((error: unknown) => error)
  return isStatus(answer, 404)
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status
}

function isSession(answer: unknown): answer is Session {
  return !(answer instanceof Error)
}

/** What is left of a name as the service writes it: it leaves out what cannot be shown, and cuts the longest. */
function bare(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}]/gu, '').slice(0, 200)
}
