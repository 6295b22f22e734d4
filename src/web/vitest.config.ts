import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** A deadline and no measure: in `make test` two cores do four things at once, and axe takes its time. */
const testTimeout = 30_000

export default defineConfig({
  test: {
    restoreMocks: true,
    coverage: {
      provider: 'v8',
      // The package is used by others; the page is looked at from outside, by a browser.
      include: ['packages/session-status/src/**'],
      reporter: ['text'],
      thresholds: { statements: 95, branches: 95, functions: 95, lines: 95 },
    },
    projects: [
      {
        resolve: { conditions: ['@playhead/source'] },
        ssr: { resolve: { conditions: ['@playhead/source'] } },
        test: { name: 'web', testTimeout, include: ['packages/*/test/**/*.test.{ts,tsx}', 'app/test/**/*.test.{ts,tsx}'] },
      },
      {
        // The hooks promise to work from React 18.2 on.
        resolve: {
          alias: [
            { find: /^react(-dom)?(?=$|\/)/, replacement: here('packages/react-18/node_modules/react$1') },
            // Its module is bundled here, so that it takes the same React; its script would find the other one.
            {
              find: '@testing-library/react',
              replacement: here('node_modules/@testing-library/react/dist/@testing-library/react.esm.js'),
            },
          ],
        },
        test: {
          name: 'react 18',
          testTimeout,
          include: ['packages/session-status/test/*.test.tsx'],
          server: { deps: { inline: [/@testing-library\/react/] } },
        },
      },
    ],
  },
})
