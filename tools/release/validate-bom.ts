import { Spec, Validation } from '@cyclonedx/cyclonedx-library'

/** What is wrong with a bill of materials by the schema of CycloneDX 1.6. */
export async function bomProblems(text: string): Promise<string | undefined> {
  const fault = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)
  return fault === null ? undefined : JSON.stringify(fault)
}
