//! The texts that messages are made of.

use access::class::ClassSet;
use platform::{Ctx, Result};
use proto::{
    Action, ResourceType,
    notification::v1::{ListTemplatesResponse, Template},
};

use crate::domain::template::TEMPLATES;

/// All texts.
///
/// # Errors
/// `PermissionDenied` where the caller may see no message at all.
pub fn run(ctx: &Ctx) -> Result<ListTemplatesResponse> {
    ctx.scope(ResourceType::Message, Action::List, ClassSet::NONE)?;
    let template = |t: &crate::domain::template::Template| Template {
        name: t.name.code().into(),
        channel: t.channel.code().into(),
        subject: t.subject.trim_end().into(),
        body: t.body.trim_end().into(),
        fields: t.fields.iter().map(|f| f.code().to_owned()).collect(),
    };
    Ok(ListTemplatesResponse { templates: TEMPLATES.iter().map(template).collect() })
}
