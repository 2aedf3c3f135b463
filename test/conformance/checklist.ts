/**
 * Every line of the OSB API 2.17 that a test can hold against a broker, by the ids that tests carry in their titles, each in our words.
 * With `reason` there is no test, and it says why.
 */
export interface Row {
  readonly id: string
  readonly says: string
  readonly reason?: string
}

const NO_FAMILY = 'no family offers this type of binding yet'

const LINES = `
G-01 serves every 2.x version that it does not depend on being newer
G-02 answers 412 to a version that it does not serve, naming one that it does
G-03 compares versions as whole numbers
G-04 answers 400 to a request without a version
G-05 asks every request for its login, and answers 401 to a wrong one
G-06 decides on 401 before it looks at ids and bodies
G-07 gives back the request identity
G-08 requires neither originating nor request identity
G-09 passes over unknown fields at any depth
G-10 gives a failed request the status that is named for its case
G-11 names an error in one CamelCase word
G-12 describes an error for people, without traces and credentials
G-13 says instance_usable and update_repeatable only where they belong
G-14 says both as booleans
G-15 uses the four error codes in exactly their cases
G-16 changes nothing with a 4xx
G-17 leaves nothing behind a 5xx
G-18 says application/json of every body
G-19 answers 400 to a body that it cannot use, never 415
G-20 takes ids with any percent-encoded character and decodes them once
G-21 answers promptly while the provider is slow
G-22 can listen with TLS
G-23 answers 404 to an empty id
C-01 gives the catalog with 200
C-02 has a list of services, which may be empty
C-03 gives each offering name, id, description, bindable and a plan
C-04 uses no id twice
C-05 never changes an id
C-06 has names for a command line
C-07 has tags and requires as lists of texts
C-08 states flags of an offering as booleans, in their spelling
C-09 has metadata as objects
C-10 gives each plan id, description and a name of its own
C-11 states flags of a plan as booleans and the polling duration as a whole number
C-12 has semantic versions in maintenance_info
C-13 names the draft in every parameter schema
C-14 refers to nothing outside a schema
C-15 keeps each schema below 64 kB
C-16 has schemas that are valid draft-04
C-17 does what the flags say, and refuses what they do not
C-18 answers 304 while nothing changed, and another ETag when it did
C-19 goes on serving instances of a plan that was taken out
S-01 answers AsyncRequired where it must be asynchronous and may not, and begins nothing
S-02 answers 202 to what is asynchronous
S-03 answers 201 to what is made at once, 200 to what is changed or removed at once
S-04 answers ConcurrencyError while something else runs
S-05 disturbs nothing that runs by refusing something else
S-06 makes one resource of identical requests at the same moment
S-07 takes binds of one instance side by side: they change nothing of it
S-08 serves binds during a move to another provider, until its freeze
L-01 tells of an operation that it is in progress, succeeded or failed
L-02 describes with a text that is not empty, or not at all
L-03 tells flags only of a failed update or removal
L-04 answers 404 to a poll of what is not there
L-05 answers 400 to an empty operation, and to nothing else
L-06 answers 410 to polls of removals only
L-07 remembers a finished removal: 200 succeeded, poll after poll
L-08 forgets no end of an operation after telling it, nor by a restart
L-09 tells of the operation whose token it gets
L-10 takes service_id and plan_id for hints
L-11 says in seconds when to ask again
L-12 can be polled from the moment of the 202
L-13 tells of the last operation when none is named
L-14 ends an operation before the platform stops polling
LB-01 finds a binding as soon as its bind has succeeded
LB-02 tells no flags of bindings
P-01 makes the real thing and answers 201
P-02 answers 202 with a token
P-03 answers the same PUT while it runs with the same operation
P-04 answers the same PUT when done with 200
P-05 answers 409 when any attribute differs
P-06 answers 400 when something required is missing or malformed
P-07 answers 400 to unknown services and plans
P-08 checks parameters and names the field
P-09 takes only an object for parameters, and null for none
P-10 answers AsyncRequired to an asynchronous plan without accepts_incomplete
P-11 answers MaintenanceInfoConflict to another version than the catalog's
P-12 passes over other fields of maintenance_info
P-13 takes any context, and none
P-14 tells a dashboard in the first answer, or never
P-15 tells metadata as objects, the same in every answer
P-16 looks at a request in one order
P-17 lets an id be used again
P-18 holds to a failed create until it is deleted
F-01 fetches an instance of every plan right after its create
F-02 finds no instance that is unknown, or still being made
F-03 fetches an instance while it is being changed
F-04 fetches texts and objects, and leaves out what is not there
F-05 fetches what a change made, and the old values after one that failed
F-06 takes service_id and plan_id for hints of a fetch
F-07 keeps secret parameters to itself
U-01 answers 200 to an applied change
U-02 answers 202 to one that takes its time
U-03 answers the same PATCH while it runs with the same operation
U-04 answers 200 to a change without effect
U-05 answers 400 without the instance's service_id
U-06 keeps the plan when none is named
U-07 keeps the parameters when none are given
U-08 answers 400 to an unknown plan
U-09 answers 422 to what is not supported, and says why
U-10 answers 422 when the instance's state forbids it
U-11 answers AsyncRequired and MaintenanceInfoConflict as a provision does
U-12 does the maintenance that the catalog's version asks for
U-13 applies nothing of a change that is refused or fails
U-14 takes a context alone where the offering says so
U-15 answers 400 to bad parameters
U-16 trusts no previous_values
U-17 tells both flags of a failed change
U-18 answers 404 to unknown instances, ConcurrencyError to busy ones
U-19 tells a new dashboard in the first answer, or none
B-01 answers 201 with credentials that work
B-02 answers 202 with the operation
B-03 tells no credentials with 202
B-04 answers the same PUT while it runs with the same operation
B-05 answers the same PUT when done with 200 and the same credentials
B-06 answers 409 when parameters, plan or application differ
B-07 answers 400 to missing and wrong ids
B-08 answers RequiresApp where an application is needed
B-09 answers AsyncRequired to an asynchronous plan without accepts_incomplete
B-10 answers ConcurrencyError to a bind while its instance changes
B-11 checks parameters
B-12 gives each binding its own login
B-13 lists endpoints with ports as texts
B-14 lists every endpoint that the credentials name
B-15 tells how long a binding lasts
B-16 tells nothing in its metadata that is needed to connect
B-17 returns where logs go
B-18 returns where requests go
B-19 returns what to mount
B-20 gives the credentials at least once
B-21 refuses a plan that is not bindable and an instance that is not ready
R-01 makes a successor under a new id from its predecessor alone
R-02 keeps both working side by side
R-03 answers 400 to a predecessor that is not a living binding of the instance
R-04 carries the parameters over
R-05 answers 400 where a plan cannot rotate
R-06 holds to the rules of every bind
BF-01 fetches a binding right after its bind
BF-02 finds no binding that is unknown or being made
BF-03 fetches the credentials of an asynchronous bind
BF-04 fetches texts and objects without nulls
BF-05 keeps secret parameters to itself
UB-01 answers 200 to an unbind that is done
UB-02 answers 202 to one that takes its time
UB-03 answers the same DELETE while it runs with the same operation
UB-04 answers 400 without service_id and plan_id
UB-05 answers 410 when there is no binding
UB-06 answers 400 to ids that are not the binding's
UB-07 answers AsyncRequired without accepts_incomplete
UB-08 stops a bind that still runs
UB-09 answers ConcurrencyError while something else runs
UB-10 leaves no login
D-01 answers 200 to a removal that is done
D-02 answers 202 to one that takes its time
D-03 answers the same DELETE while it runs with the same operation
D-04 answers 400 without service_id and plan_id
D-05 answers 410 when there is no instance
D-06 answers 400 to ids that are not the instance's
D-07 answers AsyncRequired without accepts_incomplete
D-08 stops a create that still runs
D-09 answers ConcurrencyError while something else runs
D-10 leaves nothing at the provider
D-11 refuses to remove an instance that has bindings
D-12 tells of a removal that failed
D-13 removes an instance whose create failed
O-1 lets a platform clean up whatever it lost sight of
O-2 leaves nothing to clean up behind a 4xx
O-3 leaves nothing when a client goes away in the middle of a request and deletes
`

const REASONS: Readonly<Record<string, string>> = {
  'B-08': 'no family needs an application',
  'B-17': NO_FAMILY,
  'B-18': NO_FAMILY,
  'B-19': NO_FAMILY
}

export const CHECKLIST: readonly Row[] = LINES.trim()
  .split('\n')
  .map((line) => {
    const [id = '', ...words] = line.split(' ')
    const reason = REASONS[id]
    return { id, says: words.join(' '), ...(reason === undefined ? {} : { reason }) }
  })
