import { sentenceOf } from '../api/http.ts'
import { usePaths } from '../api/paths.ts'
import { AdminPathRow } from '../components/AdminPathRow.tsx'
import styles from '../components/AdminUsers.module.css'
import { Alert } from '../components/Alert.tsx'
import { useTitle } from '../lib/useTitle.ts'
import { strings } from '../strings/index.ts'
import { pathStrings as words } from '../strings/paths.ts'

/** For admins: by which paths people reach the site, and which of them deliver streams. */
export function AdminPathsPage() {
  useTitle(words.title)
  const { data, error, isError, isPending, refetch } = usePaths()
  return (
    <div className={styles.section}>
      <div>
        <h1>{words.title}</h1>
        <p className={styles.soft}>{words.what}</p>
      </div>
      {isError && <Alert onRetry={() => void refetch()}>{sentenceOf(error)}</Alert>}
      {isPending && <p className={styles.soft}>{strings.common.loading}</p>}
      {data?.paths.length === 0 && <p>{words.none}</p>}
      {data !== undefined && data.paths.length > 0 && (
        <ul className={styles.list}>
          {data.paths.map((path) => (
            <AdminPathRow key={path.key} path={path} />
          ))}
        </ul>
      )}
    </div>
  )
}
