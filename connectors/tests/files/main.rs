//! Activity files: those of the corpus against what other decoders say, made ones against what was put into them, and
//! hostile ones against the promise that no bytes make the reader fall over.

#[cfg(test)]
mod bytes;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod made;
#[cfg(test)]
mod series;
