import type { ComponentProps } from 'react'
import { LANGUAGES } from '../lib/languages.ts'
import { strings } from '../strings/index.ts'
import { SelectField } from './SelectField.tsx'

/** The choice of a language, or to have it detected. */
export function LanguageField(props: Omit<ComponentProps<'select'>, 'children'>) {
  return (
    <SelectField {...props} label={strings.upload.language}>
      <option value="">{strings.upload.detect}</option>
      {LANGUAGES.map(({ code, name }) => (
        <option key={code} value={code}>
          {name}
        </option>
      ))}
    </SelectField>
  )
}
