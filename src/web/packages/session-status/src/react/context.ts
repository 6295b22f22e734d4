import { type ReactNode, createContext, createElement, useContext } from 'react'
import { type SessionStatusClient, createSessionStatusClient } from '../client.ts'

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

/** Provides another client to the components below it, for another address or a test's environment. */
export function SessionStatusProvider(props: { client: SessionStatusClient; children?: ReactNode }): ReactNode {
  return createElement(ClientContext.Provider, { value: props.client }, props.children)
}
