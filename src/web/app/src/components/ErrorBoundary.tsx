import { Component, type ReactNode } from 'react'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'

/**
 * In place of a page that cannot be shown: a mistake of ours, or a part that a newer version has taken the place of.
 * Give it another `key` for another page: that one may be well.
 */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override readonly state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    if (!this.state.broken) return this.props.children
    return (
      <Alert retry={strings.errors.reload} onRetry={() => location.reload()}>
        {strings.errors.broken}
      </Alert>
    )
  }
}
