//! How the demo looks: nothing is wider than a usual terminal.

use crate::output;

/// Columns of a usual terminal.
const WIDTH: usize = 80;
const RULER: char = '-';

/// Prints text; what is too wide goes on in the next line.
pub(super) fn say(text: &str) -> anyhow::Result<()> {
    for line in text.split('\n') {
        let chars: Vec<char> = line.chars().collect();
        if chars.is_empty() {
            output::line("")?;
        }
        for part in chars.chunks(WIDTH) {
            output::line(part.iter().collect::<String>())?;
        }
    }
    Ok(())
}

/// A text of at most this many characters; its end is left out if it is longer.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept = text.chars().take(most.saturating_sub(1));
    kept.chain(['…']).collect()
}

pub(super) fn title(text: &str) -> anyhow::Result<()> {
    say(&format!(
        "\n{text}\n{}\n",
        "=".repeat(text.chars().count().min(WIDTH))
    ))
}

pub(super) fn ruler() -> anyhow::Result<()> {
    say(&RULER.to_string().repeat(WIDTH))
}

/// Names and values, with the colons below each other; values are cut where the line ends.
pub(super) fn fields(fields: &[(String, String)]) -> anyhow::Result<()> {
    let widest = fields.iter().map(|(name, _)| name.chars().count()).max();
    let widest = widest.unwrap_or(0);
    for (name, value) in fields {
        let value = cut(value, WIDTH.saturating_sub(widest + 2));
        say(&format!("{name:>widest$}: {value}"))?;
    }
    Ok(())
}
