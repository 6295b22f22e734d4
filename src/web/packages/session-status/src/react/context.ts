import { type ReactNode, createContext, createElement, useContext } from 'react'
import { type SessionStatusClient, createSessionStatusClient } from '../client.ts'

const ClientContext = createContext<SessionStatusClient | undefined>(undefined)

let shared: SessionStatusClient | undefined

function sharedClient(): SessionStatusClient {
  shared ??= createSessionStatusClient()
  return shared
}

/** The client of the nearest provider, or one for the page's own origin, made when first needed. */
export function useClient(): SessionStatusClient {
  return useContext(ClientContext) ?? sharedClient()
}

/** Gives the components below it a client of your own: another address, or a test's environment. */
export function SessionStatusProvider(props: { client: SessionStatusClient; children?: ReactNode }): ReactNode {
  return createElement(ClientContext.Provider, { value: props.client }, props.children)
}
