//! The tenant's colour: checked for contrast, served as a tiny stylesheet that recolours both component sets.

use std::fmt;

/// Colour of tenants that have not chosen one. Not the blue of GOV.UK, which others may not use.
pub const DEFAULT_COLOUR: &str = "#1f5c6b";

/// Least contrast against white text and white page: WCAG 2.2 AA for text of normal size (1.4.3).
const LEAST_CONTRAST: f64 = 4.5;

/// Why a colour is refused; the text is for the person who chose it.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ColourError {
    /// Not `#` and six hexadecimal digits.
    #[error("Enter the colour as # and 6 digits or letters from a to f, like #1f5c6b")]
    Form,
    /// Too light to be read on white.
    #[error(
        "Choose a darker colour: its contrast with white is {0:.1} to 1 and must be at least 4.5 to 1"
    )]
    Contrast(f64),
}

/// A colour that may be used as a tenant's brand colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrandColour([u8; 3]);

impl BrandColour {
    /// Reads `#rrggbb` and checks that white text on it, and it on white, can be read.
    ///
    /// # Errors
    /// [`ColourError`] with a sentence for the person.
    pub fn parse(text: &str) -> Result<Self, ColourError> {
        let digits = text.trim().strip_prefix('#').ok_or(ColourError::Form)?;
        let mut rgb = [0u8; 3];
        hex::decode_to_slice(digits, &mut rgb).map_err(|_| ColourError::Form)?;
        let contrast = contrast_with_white(rgb);
        if contrast < LEAST_CONTRAST {
            Err(ColourError::Contrast(contrast))
        } else {
            Ok(Self(rgb))
        }
    }

    /// The stylesheet of a tenant with this colour.
    #[must_use]
    pub fn stylesheet(self) -> String {
        format!(":root{{--govuk-brand-colour:{self};--app-brand-colour:{self}}}\n")
    }

    /// Short text that changes with the colour, for `theme.css?v=`.
    #[must_use]
    pub fn version(self) -> String {
        hex::encode(self.0)
    }
}

impl Default for BrandColour {
    fn default() -> Self {
        Self([0x1f, 0x5c, 0x6b])
    }
}

impl fmt::Display for BrandColour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", hex::encode(self.0))
    }
}

/// Contrast with white as WCAG 2.2 defines it, from 1 to 21.
#[must_use]
pub fn contrast_with_white(rgb: [u8; 3]) -> f64 {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    let luminance = 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
    1.05 / (luminance + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_follows_wcag() {
        assert!((contrast_with_white([0, 0, 0]) - 21.0).abs() < 0.001);
        assert!((contrast_with_white([255, 255, 255]) - 1.0).abs() < 0.001);
        assert!((contrast_with_white([0x77, 0x77, 0x77]) - 4.48).abs() < 0.01);
    }

    #[test]
    fn light_or_misspelt_colours_are_refused_with_advice() {
        assert_eq!(
            BrandColour::parse(DEFAULT_COLOUR),
            Ok(BrandColour::default())
        );
        assert!(matches!(
            BrandColour::parse("#777777"),
            Err(ColourError::Contrast(_))
        ));
        assert_eq!(BrandColour::parse("#12345"), Err(ColourError::Form));
        assert_eq!(BrandColour::parse("red;}"), Err(ColourError::Form));
        assert!(
            BrandColour::default()
                .stylesheet()
                .contains("--govuk-brand-colour:#1f5c6b")
        );
    }
}
