// Decides requests by the policies that come with them: JSON of {policies, questions} in, a list of answers out.
//
// An answer is "Allowed", "ImplicitlyDenied", "ExplicitlyDenied", or "error: ..." where the simulator refuses the question:
// it knows each action, the resources that it takes, and each condition key.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { createRequire } from 'node:module'

const require = createRequire(`${process.argv[2]}/`)
const { runSimulation } = await import(pathToFileURL(require.resolve('@cloud-copilot/iam-simulate')))

const { account, policies, questions } = JSON.parse(readFileSync(0, 'utf-8'))
const answers = []
for (const one of questions) {
  const answer = await runSimulation(
    {
      request: {
        principal: one.principal,
        action: one.action,
        resource: { resource: one.resource, accountId: account },
        contextVariables: one.context,
      },
      identityPolicies: one.identity.map((at) => ({ name: String(at), policy: policies[at] })),
      resourcePolicy: one.resourcePolicy === null ? undefined : policies[one.resourcePolicy],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  )
  const ignored = answer.result?.ignoredContextKeys?.filter((key) => !one.usual.includes(key)) ?? []
  if (answer.resultType === 'error') answers.push(`error: ${JSON.stringify(answer.errors)}`)
  else if (ignored.length) answers.push(`error: ${one.action} has no condition key ${ignored}`)
  else answers.push(answer.overallResult)
}
process.stdout.write(JSON.stringify(answers))
