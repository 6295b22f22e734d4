// Puts the API documentation beside the built page: it must work without any outside host.
import { copyFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createRequire } from 'node:module'

const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const here = import.meta.dirname
const page = `${here}/../../playhead/page/docs`

await mkdir(page, { recursive: true })
await Promise.all([
  copyFile(`${here}/docs.html`, `${page}/index.html`),
  copyFile(`${here}/docs.js`, `${page}/docs.js`),
  copyFile(`${here}/docs.css`, `${page}/docs.css`),
  copyFile(`${swagger}/swagger-ui-bundle.js`, `${page}/swagger-ui-bundle.js`),
  copyFile(`${swagger}/swagger-ui.css`, `${page}/swagger-ui.css`),
  copyFile(`${swagger}/LICENSE`, `${page}/swagger-ui.LICENSE`),
])
