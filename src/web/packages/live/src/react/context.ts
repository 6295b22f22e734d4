import { type ReactNode, createContext, createElement, useContext } from 'react'
import type { LiveClient } from '../client.ts'
import type { Job } from '../job.ts'
import { createLiveClient } from '../live.ts'

const ClientContext = createContext<LiveClient | undefined>(undefined)

let shared: LiveClient | undefined

function sharedClient(): LiveClient {
  shared ??= createLiveClient()
  return shared
}

/** Returns the client of the nearest provider, or one with the default addresses, created when first needed. */
export function useClient<D = Job, V = unknown>(): LiveClient<D, V> {
  // The type is the caller's: a provider takes a client of any document.
  return (useContext(ClientContext) ?? sharedClient()) as unknown as LiveClient<D, V>
}

/** Provides another client to the components below it, for other addresses or a test's environment. */
export function LiveProvider<D, V>(props: { client: LiveClient<D, V>; children?: ReactNode }): ReactNode {
  return createElement(ClientContext.Provider, { value: props.client as unknown as LiveClient }, props.children)
}
