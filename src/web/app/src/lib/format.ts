/** 4:12, or 1:04:12. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** A length of time in the words one would say: 45 s, 3 min, 1 h 20 min. */
export function span(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** 41–58 s, 1–2 min; one value where both say the same. */
export function spanRange([low, high]: readonly [number, number]): string {
  const [from, to] = [span(low), span(high)]
  if (from === to) return `about ${to}`
  const unit = /^(\d+) (s|min|h)$/
  const [a, b] = [unit.exec(from), unit.exec(to)]
  return a !== null && b !== null && a[2] === b[2] ? `${a[1]}–${to}` : `${from} – ${to}`
}

/** 12.4 MB, in decimal units as file managers do. */
export function fileSize(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit: units[power] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: power < 2 ? 0 : 1,
  }).format(bytes / 1000 ** power)
}

export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`
}

/** Today 16:20, 23 Nov, 23 Nov 2025: as much as is needed to tell when. */
export function moment(iso: string, now = new Date()): string {
  const date = new Date(iso)
  if (date.toDateString() === now.toDateString()) {
    return `Today ${date.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' })}`
  }
  const year = date.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const)
  return date.toLocaleDateString([], { day: 'numeric', month: 'short', ...year })
}
