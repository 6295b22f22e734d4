import { LiveProvider } from '@playhead/live/react'
import { type ReactNode, createContext, createElement, useContext } from 'react'
import { type SessionStatusClient, createSessionStatusClient } from '../client.ts'
import type { Segment } from '../segments.ts'
import type { SessionStatus } from '../status.ts'

const ClientContext = createContext<SessionStatusClient | undefined>(undefined)

let shared: SessionStatusClient | undefined

function sharedClient(): SessionStatusClient {
  shared ??= createSessionStatusClient()
  return shared
}

/** Returns the client of the nearest provider, or one for the page's own origin, created when first needed. */
export function useClient(): SessionStatusClient {
  return useContext(ClientContext) ?? sharedClient()
}

/**
 * Provides another client to the components below it, for another address or a test's environment. The hooks of
 * `@playhead/live/react` use it there, too.
 */
export function SessionStatusProvider({ client, children }: { client: SessionStatusClient; children?: ReactNode }): ReactNode {
  return createElement(ClientContext.Provider, { value: client }, createElement(LiveProvider<SessionStatus, readonly Segment[]>, { client: client.live }, children))
}
