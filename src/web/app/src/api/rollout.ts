import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, post } from './http.ts'

export interface Stage {
  /** In percent. */
  readonly share: number
  readonly bake_s: number
  /** As many streaming people must have finished a watch. */
  readonly people: number
  /** The share of them that may be harmed is shown to be below it. */
  readonly margin: number
}

export type Test = 'absolute' | 'relative'

export interface PlannedHarm {
  readonly id: string
  readonly budget: number | null
  readonly tests: readonly Test[]
  readonly action: 'roll_back' | 'hold'
}

export interface Arm {
  readonly exposed: number
  readonly people: number
  readonly silent: number
  /** Of those who are due a report. */
  readonly silent_of: number
}

/** People of one arm with a finished watch, and how many of them were harmed. */
export interface Harmed {
  readonly harmed: number
  readonly people: number
}

/** Evidence and lines are logarithms to the base of ten. */
export interface Harm {
  readonly id: string
  readonly action: 'roll_back' | 'hold'
  readonly stream: Harmed
  readonly poll: Harmed
  readonly absolute: number | null
  readonly relative: number | null
  readonly hold_line: number
  readonly roll_back_line: number | null
}

export interface ServerLine {
  readonly id: string
  readonly value: number | null
  readonly line: number
  /** How many looks in a row were beyond the line. */
  readonly looks: number
}

/** The last look of a minute. */
export interface Look extends Readonly<Record<Test, Readonly<Record<string, number>>>> {
  readonly at: string
}

/** What a look found. The sample ratio is a logarithm, too: of the evidence that people are not split as the slider says. */
export interface Found {
  readonly arms: Readonly<Record<'stream' | 'poll', Arm>>
  readonly sample_ratio: number
  readonly harms: readonly Harm[]
}

/** A rollout that is watched, as it stands in its stage. */
export interface Watched extends Found {
  readonly id: number
  readonly group: string
  readonly state: 'running' | 'held' | 'manual'
  readonly is_dry_run: boolean
  readonly begun_at: string
  readonly begun_by: string
  readonly reason: string
  readonly stage: number
  readonly share: number
  readonly baked_s: number
  readonly bake_s: number
  readonly people_needed: number
  /** Until it may advance, if people go on to come as until now; null while that is not known. */
  readonly left_s: number | null
  readonly looked_at: string | null
  readonly held_by: 'judge' | 'person' | null
  readonly needs_person: boolean
  readonly sentence: string
  readonly server: readonly ServerLine[]
  readonly looks: readonly Look[]
}

export interface Decision {
  readonly id: number
  /** Null of the emergency switch without a rollout. */
  readonly rollout: number | null
  readonly at: string
  readonly decision: string
  /** The one that it leads to. */
  readonly stage: number | null
  readonly share_from: number | null
  readonly share_to: number | null
  readonly state: 'recorded' | 'acted' | 'not_acted' | 'overtaken'
  readonly by: string
  readonly reason: string
  readonly sentence: string
  /** Null without a look. */
  readonly numbers: Found | null
}

export interface Past {
  readonly id: number
  readonly group: string
  readonly begun_at: string
  readonly ended_at: string
  readonly outcome: 'rolled_back' | 'stopped' | 'finished'
  readonly share: number
  readonly is_dry_run: boolean
}

/** The slider of the flag, the plan, the rollout that is watched if there is one, and what was decided, the newest first. */
export interface Rollout {
  /** Where the slider is, in words. */
  readonly location: string
  readonly share: number | null
  /** Why the slider or the rollout is not up to date. */
  readonly trouble: string | null
  /** Why only a dry run can be started. */
  readonly limit: string | null
  /** The kill switch. */
  readonly is_allowed: boolean | null
  readonly emergency: { readonly since: string; readonly by: string; readonly reason: string } | null
  readonly telemetry: boolean
  readonly plan: { readonly stages: readonly Stage[]; readonly harms: readonly PlannedHarm[]; readonly problems: readonly string[] }
  readonly rollout: Watched | null
  readonly decisions: readonly Decision[]
  readonly past: readonly Past[]
}

export type OrderName = 'start' | 'hold' | 'resume' | 'move' | 'stop' | 'emergency' | 'lift'

/** What a person orders, and why. */
export interface Order {
  readonly name: OrderName
  readonly reason: string
  readonly dry_run?: boolean
  readonly share?: number
}

const ROLLOUT = ['rollout'] as const
/** The judge looks every 10 s. */
const AGAIN_MS = 5_000

/** The rollout, read again while the page is seen. */
export function useRollout() {
  return useQuery({
    queryKey: ROLLOUT,
    queryFn: ({ signal }) => get<Rollout>('/admin/rollout', signal),
    refetchInterval: AGAIN_MS,
  })
}

export function useOrder() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ name, ...order }: Order) => post<Rollout>(`/admin/rollout/${name}`, order),
    onSuccess: async (rollout) => {
      // One that was asked for before would bring back what was.
      await client.cancelQueries({ queryKey: ROLLOUT })
      client.setQueryData<Rollout>(ROLLOUT, rollout)
    },
  })
}
