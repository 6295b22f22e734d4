import { type ComponentType, lazy, useState } from 'react'

/**
 * A page in a file of its own, read when it is first shown or, by `soon`, before. Once it is there it is shown at once:
 * `lazy` by itself would show the fallback first, and React keeps that for 300 ms so that it does not flicker.
 */
export function latePage<Props extends object>(read: () => Promise<ComponentType<Props>>) {
  let here: ComponentType<Props> | undefined
  const soon = async () => ({ default: (here = await read()) })
  const Late = lazy(soon) as unknown as ComponentType<Props>
  function Page(props: Props) {
    // Kept, or what was shown late would begin anew as soon as it is there.
    const [Shown] = useState(() => here ?? Late)
    return <Shown {...props} />
  }
  return [Page, soon] as const
}
