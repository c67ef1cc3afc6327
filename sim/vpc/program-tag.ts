/** Names the program of a machine; a machine without it runs none, and its user data is not looked at. */
export const PROGRAM_TAG = 'drydock:program';
