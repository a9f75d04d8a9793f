//! The name that was probably meant.

/// The nearest of some names, if it is near: one slip for each three letters.
pub(crate) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let length = name.chars().count();
    if length > MAX_LENGTH {
        return None;
    }
    let near = names.into_iter().filter(|other| other.len() <= MAX_LENGTH);
    let scored = near.map(|other| (strsim::osa_distance(name, other), other));
    let (distance, nearest) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= (length / 3).max(1)).then_some(nearest)
}

/// `; did you mean ...?`, or what there is.
pub(crate) fn hint<'n>(name: &str, names: impl IntoIterator<Item = &'n str> + Clone) -> String {
    if let Some(nearest) = nearest(name, names.clone()) {
        return format!("did you mean `{nearest}`?");
    }
    let all: Vec<_> = names.into_iter().take(MAX_LISTED).collect();
    match all.is_empty() {
        true => "remove it".to_owned(),
        false => format!("known are {}", all.join(", ")),
    }
}

/// Longer names are not compared.
const MAX_LENGTH: usize = 64;
const MAX_LISTED: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        assert_eq!(nearest("databse", ["mail", "database"]), Some("database"));
        assert_eq!(nearest("prot", ["port", "host"]), Some("port"));
        assert_eq!(nearest("colour", ["port", "host"]), None);
    }
}
