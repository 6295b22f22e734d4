const NO_BREAK_SPACE = '\u{A0}'

/** English has symbols for them that need no plural, where `Intl` would say "secs", "mins" and "hrs" in some regions. */
const ENGLISH: Readonly<Record<string, string>> = { second: 's', minute: 'min', hour: 'h' }

type Unit = (n: number) => string

/** How one locale writes numbers, dates and names. Every catalogue has its own. */
export function formatsFor(locale: string) {
  const plain = new Intl.NumberFormat(locale)
  const one = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
  const plurals = new Intl.PluralRules(locale)
  const languages = new Intl.DisplayNames([locale], { type: 'language' })
  const days = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', hour: 'numeric', minute: '2-digit' })
  const units = new Intl.ListFormat(locale, { type: 'unit', style: 'narrow' })
  const number = (n: number) => plain.format(n)

  /** Writes a number and its unit, never on two lines. */
  function unit(name: string, maximumFractionDigits = 0): Unit {
    const format = new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits })
    const symbol = /^en\b/.test(locale) ? ENGLISH[name] : undefined
    return (n) =>
      format
        .formatToParts(n)
        .map(({ type, value }) => (type === 'unit' && symbol !== undefined ? symbol : value.replaceAll(' ', NO_BREAK_SPACE)))
        .join('')
  }
  const [second, minute, hour, millisecond] = [unit('second'), unit('minute'), unit('hour'), unit('millisecond')]
  const [kilobyte, megabyte, gigabyte] = [unit('kilobyte'), unit('megabyte', 1), unit('gigabyte', 1)]

  /** What a length of time is counted in, as one would say it, and how many of it they are. */
  function measure(seconds: number): readonly [Unit, number] {
    if (seconds < 60 || (seconds < 90 && seconds % 60 !== 0)) return [second, Math.max(1, Math.round(seconds))]
    const minutes = Math.round(seconds / 60)
    return minutes < 60 ? [minute, minutes] : [hour, minutes / 60]
  }

  /** 45 s, 3 min, 1 h 20 min. */
  function span(seconds: number): string {
    const [counted, n] = measure(seconds)
    if (Number.isInteger(n)) return counted(n)
    return units.format([hour(Math.floor(n)), minute(Math.round((n % 1) * 60))])
  }

  return {
    number,
    span,

    /** 250 ms. */
    milliseconds: millisecond,

    /** What is only guessed: coarser the longer it is, so that it does not tick. */
    roughly(seconds: number): string {
      const step = seconds < 10 ? 1 : seconds < 55 ? 5 : seconds < 3_600 ? 60 : 300
      return span(Math.max(1, step * Math.round(seconds / step)))
    },

    /** With one decimal: 7.3. */
    decimal: (n: number) => one.format(n),

    /** 42%. Never rounded up to the whole; a hair more, because 0.29 × 100 is 28.999…96. */
    percent: (of: number) => share.format(Math.floor(of * 100 + 1e-9) / 100),

    /** `1 session`, `2 sessions`: the number in the form its language asks for. `other` is for all that have none of their own. */
    plural(n: number, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string }): string {
      return `${number(n)} ${forms[plurals.select(n)] ?? forms.other}`
    },

    /** 4:12, or 1:04:12. */
    clock(seconds: number): string {
      const whole = Math.max(0, Math.floor(seconds))
      const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
      const two = (n: number) => String(n).padStart(2, '0')
      return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
    },

    /** 12.4 MB, in decimal units as file managers do, and as they do from 1 kB on. */
    fileSize(bytes: number): string {
      if (bytes <= 999e3) return kilobyte(Math.ceil(bytes / 1e3))
      return bytes < 999.95e6 ? megabyte(bytes / 1e6) : gigabyte(bytes / 1e9)
    },

    /** `today, 16:20`, `yesterday, 16:20`, 23 Nov, 23 Nov 2025: as much as is needed to tell when. */
    moment(iso: string, now = new Date()): string {
      const date = new Date(iso)
      const ago = daysBetween(date, now)
      if (ago === 0 || ago === 1) {
        return `${days.format(-ago, 'day')}, ${time.format(date)}`
      }
      const year = date.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const)
      return date.toLocaleDateString(locale, { day: 'numeric', month: 'short', ...year })
    },

    /** 16:20. */
    time: (iso: string) => time.format(new Date(iso)),

    /** Mon 16:20. */
    weekday: (iso: string) => weekday.format(new Date(iso)),

    /** 23 Nov. */
    day: (iso: string) => day.format(new Date(iso)),

    /** November, or November 2025 in another year. */
    month(date: Date, now: Date): string {
      const year = date.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const)
      return date.toLocaleDateString(locale, { month: 'long', ...year })
    },

    /** The name of a language by its code, or the code where there is none. */
    language(code: string): string {
      try {
        return languages.of(code) ?? code
      } catch {
        return code
      }
    },

    /** For sorting names as a reader of this language expects them. */
    compare: new Intl.Collator(locale, { numeric: true }).compare,
  }
}

/** How many midnights are between them. Rounded, as a day of the change of clocks has another length. */
export function daysBetween(date: Date, now: Date): number {
  const midnight = (of: Date) => new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime()
  return Math.round((midnight(now) - midnight(date)) / 86_400_000)
}

export type Formats = ReturnType<typeof formatsFor>
