//! Groups, which are shared in memory, are written each time.

use alloc::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::Group;

pub(crate) fn serialize<S: Serializer>(
    group: &Arc<Group>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    Group::serialize(group, serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Arc<Group>, D::Error> {
    Group::deserialize(deserializer).map(Arc::new)
}

/// The same for one that may be absent.
pub(crate) mod optional {
    use super::{Arc, Deserialize, Deserializer, Group, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        group: &Option<Arc<Group>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        group.as_deref().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Arc<Group>>, D::Error> {
        Option::<Group>::deserialize(deserializer).map(|group| group.map(Arc::new))
    }
}
