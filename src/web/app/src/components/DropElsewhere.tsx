import { useLocation } from 'wouter'
import { useUploads } from '../api/uploads.tsx'
import { useFileDrop } from '../lib/useFileDrop.ts'
import { strings } from '../strings/index.ts'
import styles from './DropElsewhere.module.css'

/** Takes what is dropped on a page that has no place for it, and leads to the list, where it is seen on its way. */
export function DropElsewhere() {
  const { add } = useUploads()
  const [, navigate] = useLocation()
  const over = useFileDrop((files) => {
    void files.then((found) => add(found, ''))
    navigate('/')
  })
  return over ? <p className={styles.over}>{strings.upload.drop}</p> : null
}
