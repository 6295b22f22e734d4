import { useState } from 'react'
import { createRoot } from 'react-dom/client'
import { LiveBar } from './LiveBar.tsx'
import './style.css'

/** The page of the example apps: sign in, start a job, and watch it. The job's id is kept in the address. */
function Page() {
  const [id, setId] = useState(location.hash.slice(1))
  const [status, setStatus] = useState(200)

  async function start() {
    const response = await fetch('/jobs', { method: 'POST' })
    setStatus(response.status)
    if (!response.ok) return
    const job: { readonly id: string } = await response.json()
    location.hash = job.id
    setId(job.id)
  }

  return (
    <>
      <h1>Jobs, live</h1>
      {status === 401 ? <SignIn /> : <button onClick={() => void start()}>Start a job</button>}
      {status >= 400 && status !== 401 && <p role="alert">The job could not be started ({status}). Try again.</p>}
      {id !== '' && <LiveBar key={id} id={id} />}
    </>
  )
}

function SignIn() {
  return (
    <form method="post" action="/sign-in">
      <label>
        Name <input name="name" required />
      </label>{' '}
      <button>Sign in</button>
    </form>
  )
}

const root = document.getElementById('root')
if (root !== null) createRoot(root).render(<Page />)
