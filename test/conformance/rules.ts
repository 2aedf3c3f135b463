import type { Scene } from './harness.ts'

/** What a scene holds a driver to, in the words of adapters/README.md: told when it fails. */
export const RULES: Readonly<Record<Scene, string>> = {
  ping: '`ping` is one authenticated read, and its failure is thrown on',
  'becomes ready':
    'one step at a time from `pending` to `ready`; `access` gets its owner in; `gone` when it is gone',
  'handle survives JSON': 'a handle is JSON with a version `v`, and all that the next step needs is in it',
  'first step has no effect':
    'choose, then act: without a handle `create` only chooses and returns `pending`',
  'repeat create':
    'look before you make: what carries our name and our mark is ours, and the handle comes out the same',
  'lost answers': 'any step may happen twice: look what stands before you make, change or remove',
  'crash between steps': 'nothing is kept in memory: only what was committed is there in the next step',
  'destroy twice': 'gone is success',
  'destroy from every handle': '`destroy` works from whatever `create` returned, the first handle too',
  'observe at every step':
    '`observe` says `broken` only of what the provider has given up: what is being made, changed or removed is `pending`',
  'destroy refuses another mark': 'read the mark before destroying; another one is a `conflict` and stays',
  'foreign resource refused':
    'what stands under our name without our mark is a `conflict` and is not touched',
  'another broker refused':
    'a mark is ours only as a whole: broker, resource and generation; what another broker made is a `conflict` and stays',
  unavailable:
    'silence is not absence: a failed look is thrown on as `unavailable`, never read as "not there"',
  throttled: 'a 429 is `throttled`, with the `retryAfterSeconds` that the provider asks for',
  denied: 'a 401 and a 403 are `denied`: trying again would not help',
  quota: "the provider's refusal for want of quota is `quota`, and leaves nothing",
  broken: 'what will never become ready is `broken`; the core destroys it from the handle before',
  'bind and unbind twice':
    "the login's name and password are the order's on every attempt; a login that is gone is success",
  'two bindings': 'every binding has a login of its own, and unbind ends that one only',
  'two instances': 'a login opens its own instance, whatever else stands on the same server or account',
  'sessions end at unbind': 'after unbind nobody goes on with a session that was open before',
  'read-only binding':
    'a login for reading cannot write; what the other wrote goes with the resource: a bucket is emptied by its mark in the tags',
  'unbind without a grant':
    '`unbind` finds the login by its name: a bind may be given up before its grant was committed',
  'prepare and release twice': "`access` gets the owner in with the rights that the family's prepare needs",
  abort: "honour the signal: let the port's failure through, and try nothing again by yourself",
  'parameters at create': '`create` makes what `order.parameters` ask for, as `update` does',
  update: 'what stands says what is left to do: the same resource becomes what the order says, and once',
  list: 'list yields all that carries the mark of this broker, and nothing else, with handles that `destroy` can work from',
  'list of many pages': "turn all of the provider's pages, also where you look for one name",
  adopt:
    'what list tells can be taken over with all that is in it, as often as it is asked, and gets its owner in; what another broker made is a `conflict`, what is not there `not-found`',
  'adopt unmarked':
    'without a handle `adopt` only looks where it is; then the mark comes first, and nothing in it is lost',
  differences:
    'what stands is adopted under no other plan: `differences` names what is not as the plan says, or `adopt` makes it so',
  'two regions': 'a resource stands in `order.region`, and is found, listed and removed there',
  'faults in create':
    'any call may fail after it took effect: look before you make, and never make a secret up',
  'faults in failed create': 'a create that failed can be cleaned up from every handle',
  'faults in update': 'any call may fail after it took effect: one resource, before and after',
  'faults in bind': 'any call may fail after it took effect: one login, with the password that was asked for',
  'faults in unbind': 'any call may fail after it took effect: in the end the login is locked out',
  'faults in destroy': 'any call may fail after it took effect: in the end nothing is left'
}
