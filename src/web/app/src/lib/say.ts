import { createContext, useContext } from 'react'

/** Says what an action did to those who listen to the page: what they acted on may be gone, or the page another one. */
export const SayContext = createContext<(sentence: string) => void>(() => {})

export const useSay = () => useContext(SayContext)
