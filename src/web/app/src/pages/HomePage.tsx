import { useUploads } from '../api/uploads.tsx'
import { AudioUploader } from '../components/AudioUploader.tsx'
import { SessionList } from '../components/SessionList.tsx'
import { useFavicon } from '../lib/useFavicon.ts'
import { useTitle } from '../lib/useTitle.ts'
import { strings } from '../strings/index.ts'
import styles from './HomePage.module.css'

/** Something new in, and what came of the earlier ones. */
export function HomePage() {
  useTitle(strings.home.title)
  const { uploads } = useUploads()
  const goingOn = uploads.find(({ state }) => state === 'sending')
  useFavicon({ state: 'uploading', progress: goingOn?.share ?? null })
  return (
    <div className={styles.page}>
      <section className={styles.section} aria-labelledby="new">
        <h1 id="new">{strings.home.newTitle}</h1>
        <AudioUploader />
      </section>
      <SessionList />
    </div>
  )
}
