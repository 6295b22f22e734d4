import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, post } from './http.ts'

/** What an admin decided about a path. */
export interface Override {
  readonly state: string
  readonly reason: string
  readonly by: string
  readonly until: string
}

/** A network path to the site. Counts are of people within the last five minutes. */
export interface NetworkPath {
  readonly key: string
  readonly host: string
  readonly http_version: string
  readonly colo: string | null
  readonly via: string | null
  readonly seen_at: string
  /** The state that counts; null while nothing is known. */
  readonly state: string | null
  /** The state without the override. */
  readonly judged: string | null
  readonly probe_at: string | null
  readonly readers: number
  readonly proven: number
  readonly muted: number
  readonly override: Override | null
}

/** A new override; a state of null lifts the present one. */
export type NewOverride = { readonly state: string; readonly reason: string; readonly until: string } | { readonly state: null }

interface PathList {
  readonly paths: readonly NetworkPath[]
}

const PATHS = ['paths'] as const
/** Paths are judged each second; a person who looks at them waits for minutes. */
const AGAIN_MS = 10_000

/** The paths that readers came by, the last seen first. */
export function usePaths() {
  return useQuery({
    queryKey: PATHS,
    queryFn: ({ signal }) => get<PathList>('/admin/paths', signal),
    refetchInterval: AGAIN_MS,
  })
}

export function useOverride({ key }: NetworkPath) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (override: NewOverride) => post<NetworkPath>(`/admin/paths/${encodeURIComponent(key)}/override`, override),
    onSuccess: (path) =>
      client.setQueryData<PathList>(PATHS, (list) => list && { paths: list.paths.map((one) => (one.key === key ? path : one)) }),
  })
}
