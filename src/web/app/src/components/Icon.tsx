const PATHS = {
  cancel: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
  retry: 'M15.5 10a5.5 5.5 0 1 1-1.8-4.1M15.5 3.5v3.2h-3.2',
  delete: 'M4 6h12M8.5 6V4.2h3V6M5.8 6l.7 9.8h7l.7-9.8M8.6 9v4M11.4 9v4',
  play: 'M7 4.8v10.4l8-5.2z',
  pause: 'M7 5v10M13 5v10',
  check: 'M4 10.5l4 4 8-9',
  download: 'M10 3.5v9M6.2 9l3.8 3.8L13.8 9M4 16.2h12',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  search: 'M13 13l3.5 3.5M14.2 9a5.2 5.2 0 1 1-10.4 0 5.2 5.2 0 0 1 10.4 0',
} as const

/** A drawing of one line, in the colour of the text. It says nothing by itself: name what it is on. */
export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg
      width="1.25rem"
      height="1.25rem"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentcolor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
