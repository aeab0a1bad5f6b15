//! The one environment in which expressions run: nothing but the filters and predicates that
//! are listed, with bounds on work and size.

use std::sync::LazyLock;

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Expression, State, UndefinedBehavior, Value,
    value::{Rest, ValueOrKwargs},
};

use super::{
    ROOTS, budget,
    error::TemplateError,
    filters::{self, FILTERS, is_null, too_long},
    limits::MAX_VALUE,
    predicates::PREDICATES,
    rendering::Rendering,
    scan,
};

/// Instructions of one evaluation; an expression of the longest length needs fewer.
const FUEL: u64 = 10_000;
/// What a call of a filter or test costs beside what it looks at.
const CALL: u64 = 32;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// Compiles an expression after the checks of [`scan::check`].
pub(super) fn compile(code: &str) -> Result<Expression<'static, 'static>, TemplateError> {
    scan::check(code)?;
    let expression = ENVIRONMENT
        .compile_expression_owned(code.trim().to_owned())
        .map_err(|error| {
            TemplateError::Syntax(error.detail().unwrap_or("not an expression").to_owned())
        })?;
    let mut names: Vec<_> = expression.undeclared_variables(false).into_iter().collect();
    names.sort_unstable();
    match names
        .into_iter()
        .find(|name| !ROOTS.contains(&name.as_str()))
    {
        Some(name) => Err(TemplateError::UnknownName(name)),
        None => Ok(expression),
    }
}

/// Evaluates a compiled expression; `source` is quoted in errors.
pub(super) fn evaluate(
    expression: &Expression<'_, '_>,
    source: &str,
    rendering: &Rendering<'_>,
) -> Result<Value, TemplateError> {
    // The error's own detail may quote the event, which must not reach a log; its kind does not.
    let failed = |error: Error| TemplateError::Failed {
        expression: source.trim().to_owned(),
        reason: error.kind().to_string(),
    };
    let value = expression.eval(rendering.value()).and_then(checked);
    // Also when a value only holds the error.
    if rendering.is_spent() {
        return Err(TemplateError::TooMuchWork);
    }
    value.map_err(failed)
}

/// A value that holds an error is that error.
fn checked(value: Value) -> Result<Value, Error> {
    if value.kind() == minijinja::value::ValueKind::Invalid {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "the value is too large for an expression",
        ));
    }
    Ok(value)
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_recursion_limit(32);
    environment.set_fuel(Some(FUEL));
    for (name, filter) in &*FILTERS {
        let takes_null = matches!(
            *name,
            "default" | "d" | "json" | "tojson" | "string" | "bool" | "list"
        );
        environment.add_filter(
            *name,
            move |state: &mut State<'_, '_>, arguments: Rest<ValueOrKwargs>| {
                bounded((*name, filter), takes_null, state, &arguments.into_values())
            },
        );
    }
    for (name, test) in &*PREDICATES {
        environment.add_test(
            *name,
            move |state: &mut State<'_, '_>, arguments: Rest<ValueOrKwargs>| {
                let arguments = arguments.into_values();
                budget::spend(
                    state,
                    CALL + arguments.iter().map(budget::deep).sum::<u64>(),
                )?;
                test.call(state, &arguments).map(|value| value.is_true())
            },
        );
    }
    environment
}

/// Calls a filter within the budget. Null passes through all filters that have no use for it.
fn bounded(
    (name, filter): (&str, &Value),
    takes_null: bool,
    state: &mut State<'_, '_>,
    arguments: &[Value],
) -> Result<Value, Error> {
    if !takes_null && arguments.first().is_some_and(is_null) {
        return Ok(Value::UNDEFINED);
    }
    budget::spend(state, CALL + filters::cost(name, arguments))?;
    let result = filter.call(state, arguments)?;
    if result.as_str().is_some_and(|text| text.len() > MAX_VALUE) {
        return Err(too_long());
    }
    budget::spend(state, budget::deep(&result))?;
    Ok(result)
}
