//! What a template and its values may be, so that one can cost only so much.

/// Most bytes of a template's or condition's text.
pub const MAX_SOURCE: usize = 4 * 1024;
/// Most bytes of a computed value, and of any text or list that an expression touches. (A lone path
/// copies values of any size.)
pub const MAX_VALUE: usize = 64 * 1024;

/// Operators that can make values grow (`~`, `+`) and filters, together, in one expression.
pub(super) const MAX_OPERATORS: usize = 32;

/// Tokens of one expression, and brackets in brackets. Compiling recurses over both, and must not
/// overflow the stack of a thread of 2 MiB (in a debug build that happens at about 1,600 tokens, or
/// 100 brackets).
pub(super) const MAX_TOKENS: usize = 500;
pub(super) const MAX_NESTING: usize = 16;
