import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The packages as they are in `src`, and not as they were built. */
const source = { conditions: ['@playhead/source'] }
const fromSource = { resolve: source, ssr: { resolve: source } }

export default defineConfig({
  test: {
    // A deadline and no measure: `make test` does four things at once on two cores.
    testTimeout: 30_000,
    // As pytest in `make test`: tried once more, and counted by the reporter.
    retry: process.env.CI ? 1 : 0,
    restoreMocks: true,
    // One worker for each project, one after another: a worker and a jsdom for each file took three times the CPU.
    isolate: false,
    maxWorkers: 1,
    coverage: {
      provider: 'v8',
      // The packages are used by others; the page is looked at from outside, by a browser.
      include: ['packages/{live,session-status}/src/**'],
      reporter: ['text'],
      thresholds: { statements: 95, branches: 95, functions: 95, lines: 95 },
    },
    projects: [
      {
        extends: true,
        ssr: fromSource.ssr,
        // As in a browser; Node would take the half that is made for Node.
        resolve: { ...source, alias: { 'tus-js-client': here('node_modules/tus-js-client/lib.esm/browser/index.js') } },
        test: { name: 'page', environment: 'jsdom', setupFiles: 'app/test/setup.ts', include: ['app/test/**/*.test.{ts,tsx}'], sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        ...fromSource,
        test: { name: 'packages', include: ['packages/*/test/**/*.test.{ts,tsx}'], sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        ssr: fromSource.ssr,
        // The hooks promise to work from React 18.2 on.
        resolve: {
          ...source,
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
          include: ['packages/{live,session-status}/test/*.test.tsx'],
          sequence: { groupOrder: 2 },
          server: { deps: { inline: [/@testing-library\/react/] } },
        },
      },
    ],
  },
})
