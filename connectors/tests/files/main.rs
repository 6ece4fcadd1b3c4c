//! Activity files: those of the corpus against what other decoders say, made ones against what was put into them, and
//! hostile ones against the promise that no bytes make the reader fall over.

mod bytes;
mod corpus;
mod hostile;
mod made;
