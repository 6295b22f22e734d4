import type { SessionStatus } from '@playhead/session-status'

export interface Me {
  readonly id: string
  readonly email: string
  readonly is_admin: boolean
  /** The answer of every flag. */
  readonly features: Readonly<Record<string, boolean>>
  /** What the person uses and may use. */
  readonly quota: Quota
  readonly transport: Transport
  /** That may be chosen; the first is used where nobody chose. An older server offers none. */
  readonly models?: readonly string[]
}

/** `allowed` is null where there is no limit. */
export interface QuotaPart {
  readonly used: number
  readonly allowed: number | null
}

export interface Quota {
  readonly bytes: QuotaPart
  readonly hours_today: QuotaPart
  readonly queued: QuotaPart
  /** An older server does not limit it. */
  readonly running: QuotaPart
}

/** How statuses reach a person now, and what was weighed. */
export interface Transport {
  readonly mode: string
  readonly reason: string
  /** Whether something on the way holds this person's streams back, its key, and its state; null while nothing is known of it. */
  readonly path: { readonly buffered: boolean | null; readonly key?: string | null; readonly state?: string | null }
  /** Of the process that answered. */
  readonly capacity: {
    readonly draining: boolean
    readonly full: boolean
    readonly own_streams: number
    readonly own_streams_max: number
  }
  readonly tuning: { readonly heartbeat_s: number; readonly coalesce_ms: number; readonly max_age_s: number }
}

export interface Credentials {
  readonly email: string
  readonly password: string
  /** For a new account where one is needed. */
  readonly invite?: string
}

/** What anybody may know of the site. */
export interface Site {
  readonly registration: 'open' | 'invite' | 'closed'
  /** An email address, a link or a name; empty where it is not stated. */
  readonly support_contact: string
}

/** One transcription: a file and what becomes of it. */
export interface Session {
  readonly id: string
  readonly filename: string
  readonly language: string | null
  readonly size_bytes: number
  readonly duration_s: number | null
  /** When the recording was deleted although the session is kept. */
  readonly audio_deleted_at?: string | null
  readonly created_at: string
  readonly status: SessionStatus
  /** What was chosen last. An older server has neither these nor tracks. */
  readonly options?: Options
  /** The sound tracks of the recording; none before they were read. */
  readonly tracks?: readonly Track[]
}

/** What may be chosen for a session; null is what is found out, or the default. */
export interface Options {
  readonly language: string | null
  readonly model: string | null
  /** The number of a track, from 1, or all of them. */
  readonly track: number | 'all' | null
  /** All channels as one, or each by itself. */
  readonly channels: 'mix' | 'each' | null
}

/** A sound track of a recording; `index` counts from 1. */
export interface Track {
  readonly index: number
  readonly title: string | null
  readonly language: string | null
  readonly codec: string
  /** Unknown of one that cannot be decoded, or from an older server. */
  readonly channels?: number | null
  readonly decodable: boolean
  /** Whether it was transcribed. */
  readonly chosen: boolean
}

/** What is chosen anew, to transcribe a session again: what is left out stays, and `auto` is as if nothing had been chosen. */
export type Choice = { readonly [Name in keyof Options]?: NonNullable<Options[Name]> | 'auto' }

export interface SessionPage {
  readonly sessions: readonly Session[]
  readonly next_cursor: string | null
}

/** One of the browsers in which somebody is signed in. */
export interface Login {
  readonly id: string
  readonly user_agent: string | null
  readonly address: string | null
  /** Whether it is this browser. */
  readonly current: boolean
  readonly created_at: string
  readonly last_used_at: string
}

export type Scope = 'read' | 'write' | 'canary'

export interface TokenWanted {
  readonly name: string
  readonly scope: Scope
  readonly expires_at: string | null
}

export interface ApiToken extends TokenWanted {
  readonly id: string
  readonly created_at: string
  readonly last_used_at: string | null
}

/** A token just made: the only time its secret is told. */
export interface NewApiToken extends Omit<ApiToken, 'last_used_at'> {
  readonly secret: string
}

/** An RFC 9457 problem, as far as the page uses it. */
export interface Problem {
  readonly code: string
  readonly detail: string
}
