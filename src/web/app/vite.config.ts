import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'
import { wordsOfTheCatalogue } from './html.ts'
import { pagesSoon } from './soon.ts'

export default defineConfig({
  plugins: [react(), wordsOfTheCatalogue(), pagesSoon('HomePage', 'SessionPage', 'SignInPage')],
  // The hook package is taken from its source, so that a change there shows at once.
  resolve: { conditions: ['@playhead/source', ...defaultClientConditions] },
  build: {
    // Where the web process looks for the page, and the wheel takes it from.
    outDir: '../../playhead/page',
    emptyOutDir: true,
    // The first versions with light-dark().
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The content security policy allows scripts and styles from this origin only, and no inline ones.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // All that the first page needs is in one file: else it is cut by who shares what, and smaller pieces compress less well.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } } },
  },
  server: {
    // PLAYHEAD: where the service is, if not at its usual port.
    proxy: Object.fromEntries(['/api', '/runbooks'].map((path) => [path, process.env['PLAYHEAD'] ?? 'http://127.0.0.1:8000'])),
  },
})
