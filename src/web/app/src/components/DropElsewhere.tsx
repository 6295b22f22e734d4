import { useUploads } from '../api/uploads.tsx'
import { useFileDrop } from '../lib/useFileDrop.ts'
import { strings } from '../strings/index.ts'
import styles from './DropElsewhere.module.css'

/** Takes what is dropped on a page without the list. The page stays: somebody may be listening there. */
export function DropElsewhere() {
  const { add } = useUploads()
  const over = useFileDrop((files) => void files.then((found) => add(found, {})))
  return over ? <p className={styles.over}>{strings.upload.drop}</p> : null
}
