import { createElement, Fragment } from 'react'

/** A text in which what stands between backticks is code. */
export function CodeText({ children }: { children: string }) {
  const parts = children.split('`').map((part, index) => (index % 2 === 1 ? createElement('code', null, part) : part))
  return createElement(Fragment, null, ...parts)
}
