/** An expected failure of the set-up. Its message is the whole of what the user sees, on one line. */
export class SetupFailure extends Error {}
