import type { Plugin, Rolldown } from 'vite'

type Bundle = Rolldown.OutputBundle

/**
 * Has the files of these pages read beside the entry, which could ask for them only once it runs: on a line with 150 ms
 * for each round trip that is a third of a second sooner. They come after the entry where the line is shared.
 */
export function pagesSoon(...pages: readonly string[]): Plugin {
  return {
    name: 'pages-soon',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        if (bundle === undefined) return []
        return filesOf(bundle, pages)
          .filter((file) => !html.includes(file))
          .map((file) => ({ tag: 'link', injectTo: 'head', attrs: attributesOf(`/${file}`) }))
      },
    },
  }
}

/** The chunk of each page, what it imports, and their style sheets. */
export function filesOf(bundle: Bundle, pages: readonly string[]): readonly string[] {
  const files = new Set<string>()
  function add(file: string) {
    const chunk = bundle[file]
    if (files.has(file) || chunk?.type !== 'chunk' || chunk.isEntry) return
    files.add(file)
    for (const sheet of chunk.viteMetadata?.importedCss ?? []) files.add(sheet)
    for (const imported of chunk.imports) add(imported)
  }
  for (const page of pages) {
    const chunk = Object.values(bundle).find((one) => one.type === 'chunk' && one.isDynamicEntry && one.name === page)
    if (chunk === undefined) throw new Error(`No chunk is named ${page}`)
    add(chunk.fileName)
  }
  return [...files]
}

function attributesOf(href: string): Record<string, string | boolean> {
  const how = href.endsWith('.css') ? { rel: 'preload', as: 'style' } : { rel: 'modulepreload' }
  return { ...how, fetchpriority: 'low', crossorigin: true, href }
}
